//! What a medium is started by: shim, GRUB and GRUB for BIOS, as the root of an image has them.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::left::open;
use crate::bootable::disk::{MEDIUM_CORE_STUB, MediumBios};

/// Files that the script leaves, and where they are in the image.
const FILES: [(&str, &str); 7] = [
    ("os-release", "usr/lib/os-release"),
    ("shimx64.efi.signed", "usr/lib/shim/shimx64.efi.signed"),
    ("shimaa64.efi.signed", "usr/lib/shim/shimaa64.efi.signed"),
    ("mmx64.efi.signed", "usr/lib/shim/mmx64.efi.signed"),
    ("mmx64.efi", "usr/lib/shim/mmx64.efi"),
    (
        "grubx64.efi.signed",
        "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
    ),
    (
        "grubaa64.efi.signed",
        "usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed",
    ),
];
/// GRUB for BIOS: the first sector of a stick, and the image for optical drives.
const FIRST: &str = "boot_hybrid.img";
const CORE: &str = "eltorito.img";
/// What the menu needs, all in the image: no module is on the medium.
const MODULES: &str = "biosdisk configfile echo halt iso9660 linux ls minicmd normal part_gpt part_msdos \
                       reboot search search_fs_file serial sleep terminal test";

/// The files of the boot loader.
pub(super) struct Boot;

impl Boot {
    /// What the script is told, before the programs.
    pub(super) fn words() -> [String; 3] {
        ["--medium", MEDIUM_CORE_STUB, MODULES].map(str::to_owned)
    }

    /// Copies what the script left to where it is in the image, below another folder.
    pub(super) fn take(from: &Path, into: &Path) -> io::Result<()> {
        for (name, place) in FILES.into_iter().chain([(FIRST, FIRST), (CORE, CORE)]) {
            let mut left = match open(&from.join(format!("boot-{name}"))) {
                Ok(left) => left,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let place = into.join(place);
            fs::create_dir_all(place.parent().unwrap_or(into))?;
            io::copy(&mut left, &mut File::create(place)?)?;
        }
        Ok(())
    }
}

/// GRUB for BIOS among what was copied, if the image has it.
#[must_use]
pub(in crate::installer) fn bios_of(boot: &Path) -> Option<MediumBios> {
    let (first, core) = (boot.join(FIRST), boot.join(CORE));
    (first.is_file() && core.is_file()).then_some(MediumBios { first, core })
}
