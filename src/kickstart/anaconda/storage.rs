//! The commands of a kickstart for disks, volumes and the boot loader.

use crate::kickstart::model::host::{Host, Volume};
use crate::kickstart::template::quote::kickstart as quoted;
use crate::kickstart::value::choice::{Filesystem, Layout};
use crate::kickstart::value::size::Size;

/// The smallest root, in MiB; what is left of the disk is added.
const ROOT: u64 = 10240;
/// The size of a mirrored /boot, in MiB, as `reqpart --add-boot` makes it.
const BOOT: u64 = 1024;
/// The size of a mirrored EFI system partition, in MiB, as `reqpart` makes it.
const EFI: u64 = 600;

/// The commands of a host's storage.
#[derive(Debug, Default)]
pub(in crate::kickstart) struct Lines {
    /// Whether %pre has to complete them: with a disk that it found or a passphrase.
    pub dynamic: bool,
    /// Commands that hold on every firmware.
    pub common: Vec<String>,
    /// Commands for UEFI alone.
    pub efi: Vec<String>,
    /// Commands for BIOS alone.
    pub bios: Vec<String>,
}

/// Makes the commands; `append` are the installed kernel's arguments.
pub(in crate::kickstart) fn lines(host: &Host, append: &[String]) -> Lines {
    let encrypted = host.encryption.is_on();
    let mirrored = host.storage.layout.value == Layout::Raid1;
    let dynamic = encrypted || mirrored || host.disks.iter().any(|disk| disk.fixed().is_none());
    let disks: Vec<String> = host
        .disks
        .iter()
        .enumerate()
        .map(|(number, disk)| match disk.fixed() {
            Some(id) if !dynamic => format!("disk/by-id/{id}"),
            _ => format!("$disk{}", number + 1),
        })
        .collect();
    let mut lines = Lines {
        dynamic,
        ..Lines::default()
    };
    let all = disks.join(",");
    let first = disks.first().cloned().unwrap_or_default();
    let append = match append {
        [] => String::new(),
        some => format!(" --append={}", quoted(&some.join(" "))),
    };
    lines.common.extend([
        format!("ignoredisk --only-use={all}"),
        "zerombr".to_owned(),
        format!("clearpart --all --initlabel --disklabel=gpt --drives={all}"),
        format!("bootloader --location=mbr --boot-drive={first}{append}"),
    ]);
    let luks = match encrypted {
        true => r#" --encrypted --luks-version=luks2 --passphrase="$passphrase""#,
        false => "",
    };
    match host.storage.layout.value {
        Layout::Plain => plain(host, &first, luks, &mut lines),
        Layout::Lvm => {
            lines.common.push("reqpart --add-boot".to_owned());
            let volume = format!("part pv.1 --size={ROOT} --grow --ondisk={first}{luks}");
            lines.common.push(volume);
            logical(host, &mut lines.common);
        }
        Layout::Raid1 => {
            mirror(&disks, luks, &mut lines);
            logical(host, &mut lines.common);
        }
    }
    lines
}

fn options(volume: &Volume) -> String {
    match volume.options.as_slice() {
        [] => String::new(),
        some => format!(
            " --fsoptions={}",
            quoted(&format!("defaults,{}", some.join(",")))
        ),
    }
}

/// The size of a volume: stated, or what is left.
fn size(size: Option<Size>) -> String {
    match size {
        Some(size) => format!("--size={}", size.0),
        None => format!("--size={ROOT} --grow"),
    }
}

/// A partition for each volume; those of Btrfs share one.
fn plain(host: &Host, disk: &str, luks: &str, lines: &mut Lines) {
    let out = &mut lines.common;
    out.push("reqpart --add-boot".to_owned());
    if let Some(swap) = &host.storage.swap {
        let swap = swap.value.0;
        out.push(format!(
            "part swap --fstype=swap --size={swap} --ondisk={disk}{luks}"
        ));
    }
    let is_btrfs = |volume: &&Volume| volume.filesystem == Filesystem::Btrfs;
    let (pooled, parts): (Vec<&Volume>, Vec<&Volume>) =
        host.storage.volumes.iter().partition(is_btrfs);
    for volume in parts {
        out.push(format!(
            "part {} --fstype={} {} --ondisk={disk}{}{luks}",
            volume.place,
            volume.filesystem,
            size(volume.size),
            options(volume),
        ));
    }
    if !pooled.is_empty() {
        let label = &host.storage.volume_group;
        out.push(format!(
            "part btrfs.1 --size={ROOT} --grow --ondisk={disk}{luks}"
        ));
        out.push(format!("btrfs none --label={label} btrfs.1"));
        for volume in pooled {
            let name = volume.name();
            out.push(format!(
                "btrfs {} --subvol --name={name} LABEL={label}",
                volume.place
            ));
        }
    }
}

/// Logical volumes on `pv.1`.
fn logical(host: &Host, out: &mut Vec<String>) {
    let group = &host.storage.volume_group;
    out.push(format!("volgroup {group} pv.1"));
    if let Some(swap) = &host.storage.swap {
        let swap = swap.value.0;
        out.push(format!(
            "logvol swap --vgname={group} --name=swap --fstype=swap --size={swap}"
        ));
    }
    for volume in &host.storage.volumes {
        out.push(format!(
            "logvol {} --vgname={group} --name={} --fstype={} {}{}",
            volume.place,
            volume.name(),
            volume.filesystem,
            size(volume.size),
            options(volume),
        ));
    }
}

/// Everything on two disks.
fn mirror(disks: &[String], luks: &str, lines: &mut Lines) {
    let part = |name: &str, number: usize, rest: &str, disk: &String| {
        format!("part raid.{name}{} {rest} --ondisk={disk}", number + 1)
    };
    for (number, disk) in disks.iter().enumerate() {
        lines
            .common
            .push(part("boot", number, &format!("--size={BOOT}"), disk));
        lines
            .common
            .push(part("pv", number, &format!("--size={ROOT} --grow"), disk));
        lines
            .efi
            .push(part("efi", number, &format!("--size={EFI}"), disk));
    }
    lines.common.extend([
        "raid /boot --device=boot --level=RAID1 --fstype=ext4 raid.boot1 raid.boot2".to_owned(),
        format!("raid pv.1 --device=system --level=RAID1{luks} raid.pv1 raid.pv2"),
    ]);
    // A kickstart has one such partition: with BIOS the first disk is the one that boots.
    let first = disks.first().map_or("", String::as_str);
    lines.bios.push(format!(
        "part biosboot --fstype=biosboot --size=1 --ondisk={first}"
    ));
    lines.efi.push(
        "raid /boot/efi --device=efi --level=RAID1 --fstype=efi \
         --fsoptions=umask=0077,shortname=winnt raid.efi1 raid.efi2"
            .to_owned(),
    );
}
