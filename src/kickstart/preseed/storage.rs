//! Disks and volumes of a preseed: a recipe of partman-auto.

use crate::kickstart::model::host::{Host, Volume};
use crate::kickstart::value::choice::{Layout, Unlock};

/// What a root that takes the rest gets at least, in MiB.
const ROOT: u64 = 10240;

/// How partman-auto divides the disks.
pub(in crate::kickstart) fn method(host: &Host) -> &'static str {
    match (host.storage.layout.value, host.encryption.unlock.value) {
        (Layout::Raid1, _) => "raid",
        (_, Unlock::Passphrase) => "crypto",
        (Layout::Lvm, _) => "lvm",
        (Layout::Plain, _) => "regular",
    }
}

/// The partitions as partman-auto writes them: smallest size, priority, largest size, kind, what to do.
pub(in crate::kickstart) fn recipe(host: &Host) -> Vec<String> {
    let mirrored = host.storage.layout.value == Layout::Raid1;
    let mut out = vec![
        "1 1 1 free $iflabel{ gpt } $bios_boot{ } method{ biosgrub } .".to_owned(),
        "538 538 538 free $iflabel{ gpt } method{ efi } format{ } .".to_owned(),
    ];
    if mirrored {
        out.push("1024 1024 1024 raid $lvmignore{ } $primary{ } method{ raid } .".to_owned());
        out.push("10240 20480 -1 raid $lvmignore{ } $primary{ } method{ raid } .".to_owned());
    } else {
        out.push(
            "1024 1024 1024 ext4 $defaultignore{ } $primary{ } $bootable{ } method{ format } \
             format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /boot } ."
                .to_owned(),
        );
    }
    let logical = host.storage.is_logical();
    let place = |name: &str| match (logical, mirrored) {
        (false, _) => String::new(),
        (true, false) => {
            let group = &host.storage.volume_group;
            format!("$defaultignore{{ }} $lvmok{{ }} in_vg{{ {group} }} lv_name{{ {name} }} ")
        }
        (true, true) => format!("$defaultignore{{ }} $lvmok{{ }} lv_name{{ {name} }} "),
    };
    if logical && !mirrored {
        let group = &host.storage.volume_group;
        out.push(format!(
            "{ROOT} 20480 -1 ext4 $defaultignore{{ }} $primary{{ }} method{{ lvm }} vg_name{{ {group} }} ."
        ));
    }
    if let Some(swap) = &host.storage.swap {
        let size = swap.value.0;
        let place = place("swap");
        out.push(format!(
            "{size} {size} {size} linux-swap {place}method{{ swap }} format{{ }} ."
        ));
    }
    for volume in host.storage.rest_last() {
        out.push(partition(volume, &place(&volume.name())));
    }
    out
}

fn partition(volume: &Volume, place: &str) -> String {
    let size = match volume.size {
        Some(size) => format!("{0} {0} {0}", size.0),
        None => format!("{ROOT} {ROOT} -1"),
    };
    let kind = volume.filesystem;
    let options: String = volume
        .options
        .iter()
        .map(|option| format!("options/{option}{{ {option} }} "))
        .collect();
    let mount = &volume.place;
    format!(
        "{size} {kind} {place}method{{ format }} format{{ }} use_filesystem{{ }} \
         filesystem{{ {kind} }} {options}mountpoint{{ {mount} }} ."
    )
}
