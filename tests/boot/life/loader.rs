//! The boot loader of a machine with Secure Boot: a new one that is tried and stays, and one that the
//! firmware refuses.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::guest::Guest;
use super::images::Images;
use crate::machines::{is_wanted, took};

/// What a distribution signed, in the order of shim, GRUB and the program that enrols keys.
const PARTS: [&str; 3] = [
    "/usr/lib/shim/shimx64.efi.signed",
    "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
    "/usr/lib/shim/mmx64.efi.signed",
];
/// The number of the entry that started the machine.
const CURRENT: &str = "od -An -tu2 -j4 -N2 /sys/firmware/efi/efivars/BootCurrent-*";

/// Entries that put the boot loader of this computer into an image.
fn with_loader_of_this_computer(images: &Images) -> String {
    let mut entries = "modules:\n  - type: files\n    files:\n".to_owned();
    for part in PARTS {
        let name = Path::new(part).file_name().expect("a name");
        let name = name.to_str().expect("UTF-8");
        fs::copy(part, images.place(&format!("recipes/test/files/{name}"))).expect("installed");
        let line =
            format!("      - {{ source: files/{name}, destination: {part}, mode: \"0644\" }}\n");
        entries.push_str(&line);
    }
    entries
}

/// Updates the machine to an image, and starts it once more for the boot loader.
fn update(images: &Images, guest: &mut Guest, image: &str, tried: usize) {
    guest.switch(images, image);
    guest.restart();
    guest.ready();
    guest.says_times("boot loader: the next start tries", tried);
    guest.run("terroir host status | grep 'the next start tries'");
    guest.restart();
    guest.ready();
}

#[test]
fn a_boot_loader_is_updated_and_a_refused_one_is_not() {
    if !is_wanted("more") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("more", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("trixie");
    let entries = with_loader_of_this_computer(&images);
    images.recipe("old", "base.yml", &entries);
    let first = images.tested("first", "old.yml");
    let disk = images.disk(&first, "disk.raw");
    let second = images.tested("second", "base.yml");
    let second = images.publish(&second, "second");
    let refused = "modules:\n  - type: script\n    snippets: [\"printf x >> /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed\"]\n";
    let third = images.recipe("third", "second.yml", refused);
    let third = images.publish(&third, "third");
    since("the images and the disk");
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    guest.ready();
    since("the first start");
    guest.run("terroir host status | grep 'as the running image has it'");
    update(&images, &mut guest, &second, 1);
    since("the start by the new boot loader");
    guest.says("started this machine and stays");
    for (folder, shim) in [("BOOT", "BOOTX64.EFI"), ("debian", "shimx64.efi")] {
        guest.run(&format!("cmp /efi/EFI/{folder}/{shim} {}", PARTS[0]));
        guest.run(&format!("cmp /efi/EFI/{folder}/grubx64.efi {}", PARTS[1]));
    }
    let entry = guest.run(CURRENT);
    guest.run("terroir host history | grep loader-updated");
    guest.run("ls /efi/EFI/terroir/*/shimx64.efi && test -e /efi/EFI/debian/grub.cfg");

    // The firmware refuses a GRUB that nobody signed, and starts the one before.
    update(&images, &mut guest, &third, 2);
    since("the start after a refused boot loader");
    guest.says("the machine did not come up by the new boot loader");
    assert_eq!(guest.run(CURRENT), entry, "another entry started it");
    guest.run("test $(ls /efi/EFI/terroir | wc -l) = 1");
    guest.run("terroir host status | grep 'is not tried again'");
    guest.off();
    images.judge(&disk);
    since("the end");
}
