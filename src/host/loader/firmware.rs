//! The variables of the firmware that say what it starts, as efivarfs shows them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

use super::entry::{self, Entry};
use crate::host::error::Error;

/// The vendor of the variables that the UEFI specification names.
const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// The variables stay, and a running system has them.
const ATTRIBUTES: u32 = 7;

/// The variables of a machine.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    folder: PathBuf,
}

/// What the firmware starts, and what it has started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Firmware {
    /// The entry by which the machine was started.
    pub current: Option<u16>,
    /// The entry that is tried once, at the next start.
    pub next: Option<u16>,
    /// The entries in the order in which they are tried.
    pub order: Vec<u16>,
    pub entries: BTreeMap<u16, Entry>,
    /// Whether only what is signed starts.
    pub is_secure: bool,
}

/// How a machine was started.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// By UEFI, with its variables.
    Uefi(Variables),
    /// By UEFI that lets nobody see its variables.
    Silent,
    /// By something else, a BIOS mostly.
    Other,
}

impl Start {
    /// Finds out how the machine below a folder was started.
    pub(super) fn of(root: &Path) -> Self {
        let uefi = root.join("sys/firmware/efi");
        let folder = uefi.join("efivars");
        let has_any = fs::read_dir(&folder).is_ok_and(|mut names| names.next().is_some());
        match (uefi.is_dir(), has_any) {
            (false, _) => Self::Other,
            (true, false) => Self::Silent,
            (true, true) => Self::Uefi(Variables { folder }),
        }
    }
}

impl Variables {
    /// Reads what the firmware starts.
    pub(super) fn read(&self) -> Result<Firmware, Error> {
        let number = |bytes: Vec<u8>| Some(u16::from_le_bytes(bytes.try_into().ok()?));
        let order = self.get("BootOrder")?.unwrap_or_default();
        let order = order.chunks_exact(2);
        let order = order.filter_map(|unit| Some(u16::from_le_bytes(unit.try_into().ok()?)));
        let secure = self.get("SecureBoot")?;
        let mut firmware = Firmware {
            current: self.get("BootCurrent")?.and_then(number),
            next: self.get("BootNext")?.and_then(number),
            order: order.collect(),
            entries: BTreeMap::new(),
            is_secure: secure.is_some_and(|value| value.first() == Some(&1)),
        };
        let folder = &self.folder;
        for found in fs::read_dir(folder).map_err(Error::file("reading", folder))? {
            let found = found.map_err(Error::file("reading", folder))?;
            let name = found.file_name().to_string_lossy().into_owned();
            let Some(number) = number_of(&name) else {
                continue;
            };
            let option = self.get(&format!("Boot{number:04X}"))?.unwrap_or_default();
            firmware
                .entries
                .extend(entry::read(&option).map(|entry| (number, entry)));
        }
        Ok(firmware)
    }

    /// Writes an entry, which is in no order yet.
    pub(super) fn set_entry(&self, number: u16, option: &[u8]) -> Result<(), Error> {
        self.set(&format!("Boot{number:04X}"), option)
    }

    /// Removes an entry.
    pub(super) fn remove_entry(&self, number: u16) -> Result<(), Error> {
        self.remove(&format!("Boot{number:04X}"))
    }

    /// Sets the entry that is tried once.
    pub(super) fn set_next(&self, number: Option<u16>) -> Result<(), Error> {
        match number {
            Some(number) => self.set("BootNext", &number.to_le_bytes()),
            None => self.remove("BootNext"),
        }
    }

    /// Sets the order in which entries are tried.
    pub(super) fn set_order(&self, order: &[u16]) -> Result<(), Error> {
        let bytes: Vec<u8> = order.iter().flat_map(|one| one.to_le_bytes()).collect();
        self.set("BootOrder", &bytes)
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{GLOBAL}"))
    }

    /// The value of a variable; none where there is no such variable.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.place(name);
        match fs::read(&path) {
            // The attributes stand in front.
            Ok(bytes) => Ok(Some(bytes.get(4..).unwrap_or_default().to_vec())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("reading", path)(error)),
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let path = self.place(name);
        let failed = |error| Error::file("writing", &path)(error);
        let content = [ATTRIBUTES.to_le_bytes().as_slice(), value].concat();
        unlock(&path);
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        let mut file = options.open(&path).map_err(failed)?;
        // One writing is one change of the variable.
        file.write_all(&content).map_err(failed)?;
        // In efivarfs the variable has its size already.
        if file.metadata().map_err(failed)?.len() > content.len() as u64 {
            file.set_len(content.len() as u64).map_err(failed)?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.place(name);
        unlock(&path);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(Error::file("removing", path)),
        }
    }
}

/// Lets a variable be changed: the kernel guards those that it does not know.
fn unlock(path: &Path) {
    let Ok(file) = File::open(path) else { return };
    // Elsewhere than in efivarfs there may be no such flags; the change itself tells.
    if let Ok(flags) = ioctl_getflags(&file)
        && flags.contains(IFlags::IMMUTABLE)
    {
        let _ = ioctl_setflags(&file, flags - IFlags::IMMUTABLE);
    }
}

/// The number of an entry by the name of its variable.
fn number_of(name: &str) -> Option<u16> {
    let digits = name.strip_prefix("Boot")?.strip_suffix(GLOBAL)?;
    let digits = digits.strip_suffix('-')?;
    let is_number = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_number)
}
