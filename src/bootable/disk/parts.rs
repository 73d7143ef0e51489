//! The parts of the boot chain that an image brings: kernel, shim and GRUB as its distribution
//! signed them.

use std::path::{Path, PathBuf};

use super::error::Error;
use crate::tree::InRoot;

/// Runs a command in the root of an image: the root, and program with arguments. What it says when it
/// failed is the error.
pub type Inside<'a> = &'a dyn Fn(&Path, &[String]) -> Result<(), String>;

/// How the boot chain of an architecture is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Machine {
    /// The suffix of EFI programs.
    suffix: &'static str,
    /// The folder of the signed GRUB below /usr/lib/grub.
    signed: &'static str,
    /// The package of the signed GRUB.
    package: &'static str,
}

const MACHINES: [(&str, Machine); 2] = [
    (
        "amd64",
        Machine {
            suffix: "x64",
            signed: "x86_64-efi-signed",
            package: "grub-efi-amd64-signed",
        },
    ),
    (
        "arm64",
        Machine {
            suffix: "aa64",
            signed: "arm64-efi-signed",
            package: "grub-efi-arm64-signed",
        },
    ),
];

/// How an architecture is booted.
fn machine(architecture: &str) -> Result<Machine, Error> {
    let known = MACHINES.iter().find(|(name, _)| *name == architecture);
    known
        .map(|(_, machine)| *machine)
        .ok_or_else(|| Error::Image {
            path: "/".to_owned(),
            why: format!("it is for {architecture}; disks are made for amd64 and arm64"),
        })
}

/// Refuses an architecture that disks are not made for.
pub(super) fn supported(architecture: &str) -> Result<(), Error> {
    machine(architecture).map(drop)
}

/// shim and GRUB of an image, as its distribution signed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loader {
    /// The folder on the ESP that the GRUB reads its configuration from.
    pub vendor: String,
    /// The suffix of EFI programs.
    pub suffix: &'static str,
    /// Where shim is on this machine.
    pub shim: PathBuf,
    /// Where GRUB is.
    pub grub: PathBuf,
    /// Where the program is that enrols keys, which not every image has.
    pub manager: Option<PathBuf>,
}

/// Finds shim and GRUB in the root of an image.
pub fn loader(root: &Path, architecture: &str) -> Result<Loader, Error> {
    let machine = machine(architecture)?;
    let suffix = machine.suffix;
    let shim = needed(
        root,
        &format!("/usr/lib/shim/shim{suffix}.efi.signed"),
        "shim-signed",
    )?;
    let grub = format!("/usr/lib/grub/{}/grub{suffix}.efi.signed", machine.signed);
    let grub = needed(root, &grub, machine.package)?;
    // Ubuntu has it without a word of its signature.
    let manager = match file(root, &format!("/usr/lib/shim/mm{suffix}.efi.signed"))? {
        None => file(root, &format!("/usr/lib/shim/mm{suffix}.efi"))?,
        found => found,
    };
    Ok(Loader {
        vendor: vendor(root)?,
        suffix,
        shim,
        grub,
        manager,
    })
}

/// What each program is called on the ESP, and where it is on this machine.
pub(super) fn programs(loader: &Loader) -> Vec<(String, PathBuf)> {
    let Loader {
        vendor,
        suffix,
        shim,
        grub,
        ..
    } = loader;
    let boot = format!("BOOT/BOOT{}.EFI", suffix.to_uppercase());
    let mut programs = vec![
        (boot, shim.clone()),
        (format!("BOOT/grub{suffix}.efi"), grub.clone()),
        (format!("{vendor}/shim{suffix}.efi"), shim.clone()),
        (format!("{vendor}/grub{suffix}.efi"), grub.clone()),
    ];
    for folder in ["BOOT", vendor.as_str()] {
        if let Some(manager) = &loader.manager {
            programs.push((format!("{folder}/mm{suffix}.efi"), manager.clone()));
        }
    }
    programs.sort();
    programs
}

/// The folder on the ESP that the signed GRUB of a distribution reads its configuration from.
fn vendor(root: &Path) -> Result<String, Error> {
    let release = text(root, "/usr/lib/os-release")?.or(text(root, "/etc/os-release")?);
    let release = release.unwrap_or_default();
    let field = |name: &str| -> Option<String> {
        let line = release.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_matches(['"', '\'']).to_owned())
    };
    let own = field("ID=").unwrap_or_default();
    let like = field("ID_LIKE=").unwrap_or_default();
    let words = std::iter::once(own.as_str()).chain(like.split(' '));
    let mut known = words.filter(|word| ["debian", "ubuntu"].contains(word));
    known.next().map(str::to_owned).ok_or_else(|| Error::Image {
        path: "/usr/lib/os-release".to_owned(),
        why: format!(
            "`{own}` is neither Debian nor Ubuntu, whose GRUB is the one that is put on disks"
        ),
    })
}

/// The title of the system in menus.
pub(super) fn title(root: &Path) -> Result<String, Error> {
    let release = text(root, "/usr/lib/os-release")?.unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    Ok(name.unwrap_or("Linux").trim_matches(['"', '\'']).to_owned())
}

/// The version of the only kernel below /usr/lib/modules; its initramfs lies beside it.
pub(super) fn kernel(root: &Path) -> Result<String, Error> {
    let mut found = Vec::new();
    for name in names(root, "/usr/lib/modules")? {
        if file(root, &format!("/usr/lib/modules/{name}/vmlinuz"))?.is_some() {
            found.push(name);
        }
    }
    match found.as_slice() {
        [only] => {
            let initramfs = format!("/usr/lib/modules/{only}/initramfs.img");
            needed(root, &initramfs, "dracut")?;
            Ok(only.clone())
        }
        _ => Err(Error::Kernels(found)),
    }
}

/// The names in a folder of the root, in order; none where there is no folder.
pub(super) fn names(root: &Path, folder: &str) -> Result<Vec<String>, Error> {
    let inside = InRoot::open(root)?;
    let Ok(real) = inside.real_path(folder) else {
        return Ok(Vec::new());
    };
    let Ok(entries) = std::fs::read_dir(&real) else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io(format!("listing {folder} of the image")))?;
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// The text of a file of the root.
pub(super) fn text(root: &Path, path: &str) -> Result<Option<String>, Error> {
    let bytes = InRoot::open(root)?.read(path)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Where a regular file of the root is on this machine, links followed inside the root.
pub(super) fn file(root: &Path, path: &str) -> Result<Option<PathBuf>, Error> {
    let real = InRoot::open(root)?.real_path(path).ok();
    Ok(real.filter(|real| real.symlink_metadata().is_ok_and(|found| found.is_file())))
}

fn needed(root: &Path, path: &str, package: &'static str) -> Result<PathBuf, Error> {
    file(root, path)?.ok_or_else(|| Error::NoPart {
        part: path.to_owned(),
        package,
    })
}
