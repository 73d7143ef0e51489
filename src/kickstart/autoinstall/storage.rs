//! Disks and volumes of an autoinstall file, in curtin's actions.

use serde_json::{Value, json};

use super::placeholder::for_secret;
use crate::kickstart::model::host::{Host, Volume};
use crate::kickstart::value::choice::Layout;

/// One MiB in the bytes that curtin counts in.
const MIB: u64 = 1 << 20;

/// The storage of a host.
pub(in crate::kickstart) fn storage(host: &Host) -> Value {
    let mirrored = host.storage.layout.value == Layout::Raid1;
    let mut out = Vec::new();
    for number in 1..=host.disks.len() {
        disk(number, mirrored, host, &mut out);
    }
    let boot = match mirrored {
        true => {
            let devices = ["boot-part1", "boot-part2"];
            out.push(json!({
                "type": "raid", "id": "boot-device", "name": "md0", "raidlevel": 1,
                "devices": devices,
            }));
            "boot-device"
        }
        false => "boot-part1",
    };
    format(&mut out, "boot", boot, "ext4", ("/boot", &[]));
    if host.storage.is_logical() {
        logical(host, mirrored, &mut out);
    } else {
        plain(host, &mut out);
    }
    json!({ "version": 1, "swap": { "size": 0 }, "config": out })
}

/// A disk with what every firmware boots from.
fn disk(number: usize, mirrored: bool, host: &Host, out: &mut Vec<Value>) {
    let disk = format!("disk{number}");
    let first = number == 1;
    out.push(json!({
        "type": "disk", "id": disk, "path": format!("@terroir:disk{number}@"), "ptable": "gpt",
        "wipe": "superblock-recursive", "preserve": false,
        "grub_device": if first || mirrored { json!("@terroir:bios@") } else { json!(false) },
    }));
    let mut part = |name: &str, size: Value, more: &[(&str, Value)]| {
        let mut value = json!({
            "type": "partition", "id": format!("{name}{number}"), "device": disk, "size": size,
            "preserve": false,
        });
        if let Some(value) = value.as_object_mut() {
            value.extend(
                more.iter()
                    .map(|(key, more)| ((*key).to_owned(), more.clone())),
            );
        }
        out.push(value);
    };
    part("bios", json!(MIB), &[("flag", json!("bios_grub"))]);
    let efi = [
        ("flag", json!("boot")),
        ("grub_device", json!("@terroir:efi@")),
    ];
    part(
        "efi-part",
        json!(1024 * MIB),
        if first { &efi } else { &efi[..1] },
    );
    part("boot-part", json!(1024 * MIB), &[]);
    if host.storage.is_logical() {
        part("pv-part", json!(-1), &[]);
    }
    let efi = format!("efi-part{number}");
    if first {
        format(out, "efi", &efi, "fat32", ("/boot/efi", &[]));
    }
}

/// A file system on a device, mounted.
fn format(
    out: &mut Vec<Value>,
    name: &str,
    device: &str,
    kind: &str,
    (place, options): (&str, &[String]),
) {
    let made = format!("{name}-format");
    out.push(json!({
        "type": "format", "id": made, "volume": device, "fstype": kind, "preserve": false,
    }));
    let mut mount = json!({
        "type": "mount", "id": format!("{name}-mount"), "device": made, "path": place,
    });
    if let (Some(mount), false) = (mount.as_object_mut(), options.is_empty()) {
        mount.insert(
            "options".to_owned(),
            json!(format!("defaults,{}", options.join(","))),
        );
    }
    out.push(mount);
}

fn swap(out: &mut Vec<Value>, device: &str) {
    out.push(json!({
        "type": "format", "id": "swap-format", "volume": device, "fstype": "swap",
        "preserve": false,
    }));
    out.push(json!({ "type": "mount", "id": "swap-mount", "device": "swap-format", "path": "" }));
}

fn size(volume: &Volume) -> Value {
    volume.size.map_or(json!(-1), |size| json!(size.0 * MIB))
}

fn plain(host: &Host, out: &mut Vec<Value>) {
    if let Some(size) = &host.storage.swap {
        out.push(json!({
            "type": "partition", "id": "swap-part", "device": "disk1", "flag": "swap",
            "size": size.value.0 * MIB, "preserve": false,
        }));
        swap(out, "swap-part");
    }
    volumes(host, "part", out, |volume, part, _| {
        json!({
            "type": "partition", "id": part, "device": "disk1", "size": size(volume),
            "preserve": false,
        })
    });
}

/// The volumes of a host, each made by an action of its own, formatted and mounted.
fn volumes(
    host: &Host,
    suffix: &str,
    out: &mut Vec<Value>,
    made: impl Fn(&Volume, &str, &str) -> Value,
) {
    for volume in host.storage.rest_last() {
        let name = volume.name();
        let part = format!("{name}-{suffix}");
        out.push(made(volume, &part, &name));
        let kind = volume.filesystem.to_string();
        format(out, &name, &part, &kind, (&volume.place, &volume.options));
    }
}

fn logical(host: &Host, mirrored: bool, out: &mut Vec<Value>) {
    let mut device = "pv-part1";
    if mirrored {
        out.push(json!({
            "type": "raid", "id": "pv-device", "name": "md1", "raidlevel": 1,
            "devices": ["pv-part1", "pv-part2"],
        }));
        device = "pv-device";
    }
    if host.encryption.is_on() {
        out.push(json!({
            "type": "dm_crypt", "id": "luks", "volume": device, "dm_name": "luks-system",
            "key": for_secret("passphrase"), "preserve": false,
        }));
        device = "luks";
    }
    out.push(json!({
        "type": "lvm_volgroup", "id": "group", "name": host.storage.volume_group,
        "devices": [device], "preserve": false,
    }));
    if let Some(size) = &host.storage.swap {
        out.push(json!({
            "type": "lvm_partition", "id": "swap-lv", "name": "swap", "volgroup": "group",
            "size": size.value.0 * MIB, "preserve": false,
        }));
        swap(out, "swap-lv");
    }
    volumes(host, "lv", out, |volume, part, name| {
        json!({
            "type": "lvm_partition", "id": part, "name": name, "volgroup": "group",
            "size": size(volume), "preserve": false,
        })
    });
}
