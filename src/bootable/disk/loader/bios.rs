//! GRUB for machines without UEFI: its core image, made by the image's own programs, and its first
//! sector (GRUB's documentation, "BIOS installation"; include/grub/i386/pc/boot.h).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::bootable::disk::part::Part;
use crate::bootable::disk::parts::{Inside, file};
use crate::tree::InRoot;

const FOLDER: &str = "/usr/lib/grub/i386-pc";
const PROGRAM: &str = "/usr/bin/grub-mkimage";
/// Where the core image is made, in the root of the image.
const WORKPLACE: &str = "/tmp/terroir-bios";
/// Where GRUB looks for its menu in the archive that the core image has (grub-mkimage(1), `--memdisk`).
const MENU: &str = "boot/grub/grub.cfg";
const SECTOR: usize = 512;
/// The code of the first sector; what follows is the table of partitions.
const CODE: usize = 440;
/// Where the first sector keeps that of the core image, and the test of the drive's number that
/// buggy firmware fails.
const CORE_SECTOR: usize = 0x5c;
const DRIVE_CHECK: usize = 0x66;
/// Where the first sector of the core image says where the rest is: sector and number of sectors.
const REST: usize = 0x1f4;
const REST_LENGTH: usize = 0x1fc;
/// What the menu needs, all in the core image: no module is on the disk.
const MODULES: [&str; 20] = [
    "biosdisk",
    "configfile",
    "echo",
    "ext2",
    "halt",
    "linux",
    "loadenv",
    "ls",
    "memdisk",
    "minicmd",
    "normal",
    "part_gpt",
    "reboot",
    "search",
    "search_fs_uuid",
    "serial",
    "sleep",
    "tar",
    "terminal",
    "test",
];

/// The two images that start a machine by its BIOS.
#[derive(Debug)]
pub(in crate::bootable::disk) struct Bios {
    first: Vec<u8>,
    core: Vec<u8>,
}

impl Bios {
    /// Makes them with the GRUB of a root; none when it has no GRUB for BIOS.
    pub(in crate::bootable::disk) fn of(
        root: &Path,
        menu: &str,
        inside: Inside<'_>,
    ) -> Result<Option<Self>, Error> {
        let boot = file(root, &format!("{FOLDER}/boot.img"))?;
        let (Some(boot), Some(_)) = (boot, file(root, PROGRAM)?) else {
            return Ok(None);
        };
        let mut tree = InRoot::open(root)?;
        tree.make_directories(WORKPLACE)?;
        let place = tree.real_path(WORKPLACE)?;
        let failed = || Error::io("making GRUB's core image for BIOS");
        let archive = archive(menu).map_err(failed())?;
        fs::write(place.join("menu"), archive).map_err(failed())?;
        let mut words = vec![PROGRAM.to_owned()];
        let (target, menu) = (format!("{WORKPLACE}/core"), format!("{WORKPLACE}/menu"));
        let options = ["-O", "i386-pc", "-d", FOLDER, "-m", &menu, "-o", &target];
        words.extend(options.map(str::to_owned));
        words.extend(MODULES.map(str::to_owned));
        inside(root, &words).map_err(|said| Error::Program {
            program: format!("{PROGRAM} of the image"),
            said,
        })?;
        let core = fs::read(place.join("core")).map_err(failed())?;
        let first = fs::read(boot).map_err(failed())?;
        fs::remove_dir_all(&place).map_err(failed())?;
        Ok(Some(Self { first, core }))
    }

    /// Writes them: the first into the first sector, the core into its partition.
    pub(in crate::bootable::disk) fn install(
        mut self,
        disk: &Path,
        part: Part,
    ) -> Result<(), Error> {
        let failed = || Error::io("writing GRUB for BIOS");
        if self.core.len() as u64 > part.size || self.first.len() != SECTOR {
            let why = io::Error::other("it is not as large as GRUB's images are");
            return Err(failed()(why));
        }
        let start = part.start / SECTOR as u64;
        let sectors = self.core.len().div_ceil(SECTOR);
        let rest = u16::try_from(sectors.saturating_sub(1)).unwrap_or(u16::MAX);
        put(&mut self.first, CORE_SECTOR, &start.to_le_bytes());
        put(&mut self.first, DRIVE_CHECK, &[0x90, 0x90]);
        put(&mut self.core, REST, &(start + 1).to_le_bytes());
        put(&mut self.core, REST_LENGTH, &rest.to_le_bytes());
        let code = self.first.get(..CODE).unwrap_or_default();
        let disk = File::options().write(true).open(disk).map_err(failed())?;
        disk.write_all_at(code, 0).map_err(failed())?;
        disk.write_all_at(&self.core, part.start).map_err(failed())
    }
}

/// The menu as the core image has it with it: a configuration that is part of the core itself would be read by GRUB's
/// first parser, which knows neither `if` nor `;`.
fn archive(menu: &str) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(menu.len() as u64);
    archive.append_data(&mut header, MENU, menu.as_bytes())?;
    archive.into_inner()
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}
