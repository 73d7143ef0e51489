//! A medium that machines start from: one ISO 9660 image for optical drives, virtual media and sticks, which
//! UEFI starts, and a BIOS where the image has GRUB for it (El Torito; UEFI, "Removable Media Boot Behavior").

use std::fs;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::file_system::Esp;
use super::identity::Identity;
use super::loader::{MEDIUM_STUB, medium_menu};
use super::order::FIRST_TIME;
use super::parts::{loader, programs};
use super::tools::{Tools, missing_for_medium};

/// The type of an EFI system partition.
const ESP: &str = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
/// The type of the partition with the ISO 9660 file system: data that Windows and Linux read.
const DATA: &str = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
/// Where GRUB's image for BIOS is on the medium.
const EL_TORITO: &str = "boot/grub/eltorito.img";

/// GRUB for machines without UEFI.
#[derive(Clone, Debug)]
pub struct MediumBios {
    /// The first sector of a stick.
    pub first: PathBuf,
    /// The core image for optical drives, which the first sector starts too.
    pub core: PathBuf,
}

/// A medium as it is wanted.
#[derive(Clone, Debug)]
pub struct Medium<'a> {
    /// The folder with what is on it; the files of the boot loader are added.
    pub files: &'a Path,
    /// A folder with os-release, shim and GRUB at their paths in the image.
    pub root: &'a Path,
    /// The architecture, as OCI calls it.
    pub architecture: &'a str,
    /// GRUB for machines without UEFI, if the image has it.
    pub bios: Option<&'a MediumBios>,
    /// The label of the volume: capitals, digits and `_`, up to 32.
    pub label: &'a str,
    /// What the menu calls it.
    pub title: &'a str,
    /// The arguments of the kernel.
    pub arguments: &'a [String],
    /// The date of all files, in seconds since 1970.
    pub created: u64,
    /// What identifiers derive from.
    pub seed: &'a str,
}

/// Makes a medium in a file; the work is done in an empty folder. The same files give the same bytes.
///
/// # Errors
/// Programs that are missing or fail, an image without shim or GRUB.
pub fn make_medium(medium: &Medium<'_>, work: &Path, output: &Path) -> Result<(), Error> {
    missing_for_medium()?;
    let epoch = medium.created.max(FIRST_TIME);
    let (identity, tools) = (Identity::new(medium.seed), Tools::new(work, epoch)?);
    let loader = loader(medium.root, medium.architecture)?;
    let mut fallback = programs(&loader);
    // Firmware starts a medium by its fallback path alone.
    fallback.retain(|(name, _)| name.starts_with("BOOT/"));
    let stub = format!("{}/grub.cfg", loader.vendor);
    let texts = [(stub.clone(), MEDIUM_STUB.to_owned())];
    let esp = Esp::collect(&work.join("esp"), epoch, &fallback, &texts)?;
    let partition = work.join("esp.img");
    esp.make_small(&tools, &partition, &identity.volume("esp"))?;
    // Of an optical drive, GRUB sees the whole medium and not the ESP in it.
    put(medium.files, &format!("EFI/{stub}"), MEDIUM_STUB)?;
    let menu = medium_menu(medium.title, medium.arguments);
    put(medium.files, "boot/grub/grub.cfg", &menu)?;
    if let Some(bios) = medium.bios {
        let place = medium.files.join(EL_TORITO);
        let copied = fs::copy(&bios.core, &place);
        copied.map_err(Error::io(format!("copying {}", bios.core.display())))?;
    }
    let words = words(medium, (&partition, output), (&identity, epoch));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    tools.run("xorriso", &words, &[]).map(drop)
}

/// What xorriso is told (xorrisofs(1)).
fn words(
    medium: &Medium<'_>,
    (partition, output): (&Path, &Path),
    (identity, epoch): (&Identity, u64),
) -> Vec<String> {
    let mut words = vec![
        "-as",
        "mkisofs",
        "-quiet",
        "-iso-level",
        "3",
        "-rational-rock",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect::<Vec<_>>();
    let mut add = |some: &[&str]| words.extend(some.iter().map(|word| (*word).to_owned()));
    add(&["-volid", medium.label, "-o", &output.display().to_string()]);
    add(&["--set_all_file_dates", &format!("={epoch}")]);
    add(&["--gpt_disk_guid", &identity.uuid("medium").replace('-', "")]);
    if let Some(bios) = medium.bios {
        add(&["-b", EL_TORITO, "-no-emul-boot", "-boot-load-size", "4"]);
        add(&["-boot-info-table", "--grub2-boot-info", "--grub2-mbr"]);
        add(&[&bios.first.display().to_string(), "--mbr-force-bootable"]);
    }
    // The second place is that of the file system's own table, so that the first partition can be mounted.
    add(&["-partition_offset", "16", "-append_partition", "2", ESP]);
    add(&[&partition.display().to_string(), "-appended_part_as_gpt"]);
    add(&["-iso_mbr_part_type", DATA]);
    if medium.bios.is_some() {
        add(&["-eltorito-alt-boot"]);
    }
    add(&[
        "-e",
        "--interval:appended_partition_2:all::",
        "-no-emul-boot",
    ]);
    add(&[&medium.files.display().to_string()]);
    words
}

/// Writes a file of the boot loader.
fn put(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = folder.join(name);
    let above = path.parent().unwrap_or(folder);
    let written = fs::create_dir_all(above).and_then(|()| fs::write(&path, text));
    written.map_err(Error::io(format!("writing {}", path.display())))
}
