//! shim and GRUB: those of the image, and those in the folders of the ESP.

use std::fs;
use std::io;
use std::path::Path;

use super::sbat::Components;
use crate::bootable::disk;
use crate::host::error::Error;
use crate::oci::Digest;

/// The folder of the ESP from which firmware starts without an entry.
pub(super) const REMOVABLE: &str = "BOOT";
/// The folder of the ESP whose folders are terroir's own.
pub(super) const OWN: &str = "terroir";

/// What a program of the boot loader is there for; in the order in which they take their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Grub,
    /// Enrols keys; not every image has it.
    Manager,
    Shim,
}

pub(super) const ROLES: [Role; 3] = [Role::Grub, Role::Manager, Role::Shim];

/// The names of the programs on the ESP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// The folder of the distribution, which its GRUB reads.
    pub vendor: String,
    /// The suffix of EFI programs.
    pub suffix: &'static str,
}

impl Names {
    /// The name of a program in a folder of the ESP.
    pub(super) fn name(&self, folder: &str, role: Role) -> String {
        let suffix = self.suffix;
        match role {
            Role::Shim if folder == REMOVABLE => format!("BOOT{}.EFI", suffix.to_uppercase()),
            Role::Shim => format!("shim{suffix}.efi"),
            Role::Grub => format!("grub{suffix}.efi"),
            Role::Manager => format!("mm{suffix}.efi"),
        }
    }
}

/// The programs of one boot loader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub shim: Vec<u8>,
    pub grub: Vec<u8>,
    pub manager: Option<Vec<u8>>,
}

impl Pair {
    /// Those of an image, below its root.
    pub(super) fn of_image(root: &Path) -> Result<(Names, Self), Error> {
        let architecture = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            _ => "amd64",
        };
        let loader = disk::loader(root, architecture).map_err(|error| {
            Error::State(format!(
                "the image has no boot loader to put there: {error}"
            ))
        })?;
        let read = |path: &Path| fs::read(path).map_err(Error::file("reading", path));
        let pair = Self {
            shim: read(&loader.shim)?,
            grub: read(&loader.grub)?,
            manager: loader.manager.as_deref().map(read).transpose()?,
        };
        let names = Names {
            vendor: loader.vendor,
            suffix: loader.suffix,
        };
        Ok((names, pair))
    }

    /// Those in a folder of the ESP; none where shim or GRUB is missing.
    pub(super) fn on_esp(esp: &Path, folder: &str, names: &Names) -> Result<Option<Self>, Error> {
        let read = |role| -> Result<Option<Vec<u8>>, Error> {
            let path = esp.join("EFI").join(folder).join(names.name(folder, role));
            match fs::read(&path) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::file("reading", path)(error)),
            }
        };
        let (Some(shim), Some(grub)) = (read(Role::Shim)?, read(Role::Grub)?) else {
            return Ok(None);
        };
        Ok(Some(Self {
            shim,
            grub,
            manager: read(Role::Manager)?,
        }))
    }

    /// A program.
    pub(super) fn get(&self, role: Role) -> Option<&[u8]> {
        match role {
            Role::Shim => Some(&self.shim),
            Role::Grub => Some(&self.grub),
            Role::Manager => self.manager.as_deref(),
        }
    }

    /// The name by which it is told from others: it changes with any byte.
    pub(super) fn id(&self) -> String {
        let digests = ROLES.map(|role| match self.get(role) {
            Some(bytes) => Digest::of(bytes).hex(),
            None => "none".to_owned(),
        });
        Digest::of(digests.join(" ").as_bytes()).short()
    }

    /// The versions of shim and GRUB, as far as they say them.
    pub(super) fn versions(&self) -> (Option<String>, Option<String>) {
        let version = |program: &[u8]| Components::of(program).version().map(str::to_owned);
        (version(&self.shim), version(&self.grub))
    }
}
