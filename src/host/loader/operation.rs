//! The steps by which files of the ESP and variables of the firmware change, each whole or not at all
//! as far as FAT and firmware go.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, fadvise, syncfs};

use super::firmware::Variables;
use crate::host::error::Error;

/// A step; paths are below the ESP.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// A file that nothing starts yet is written, with the folders above it.
    Write { path: String, bytes: Vec<u8> },
    /// A file takes the place of another.
    Rename { from: String, to: String },
    /// A file goes.
    Remove(String),
    /// An empty folder goes.
    RemoveFolder(String),
    /// An entry is written, in no order yet.
    SetEntry { number: u16, option: Vec<u8> },
    /// An entry goes.
    RemoveEntry(u16),
    /// An entry is tried once; none ends that.
    SetNext(Option<u16>),
    /// Entries are tried in this order.
    SetOrder(Vec<u16>),
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Write { path, bytes } => write!(f, "write {path} ({} bytes)", bytes.len()),
            Self::Rename { from, to } => write!(f, "rename {from} to {to}"),
            Self::Remove(path) => write!(f, "remove {path}"),
            Self::RemoveFolder(path) => write!(f, "remove the folder {path}"),
            Self::SetEntry { number, .. } => write!(f, "set the entry {number:04X}"),
            Self::RemoveEntry(number) => write!(f, "remove the entry {number:04X}"),
            Self::SetNext(next) => write!(f, "start {next:04X?} once"),
            Self::SetOrder(order) => write!(f, "start in the order {order:04X?}"),
        }
    }
}

impl Operation {
    /// Does it; what it did is on the disk, or with the firmware, afterwards.
    pub(super) fn run(&self, esp: &Path, variables: &Variables) -> Result<(), Error> {
        match self {
            Self::Write { path, bytes } => write(&esp.join(path), bytes),
            Self::Rename { from, to } => rename(&esp.join(from), &esp.join(to)),
            Self::Remove(path) => gone(fs::remove_file(esp.join(path)), &esp.join(path)),
            Self::RemoveFolder(path) => gone(fs::remove_dir(esp.join(path)), &esp.join(path)),
            Self::SetEntry { number, option } => variables.set_entry(*number, option),
            Self::RemoveEntry(number) => variables.remove_entry(*number),
            Self::SetNext(next) => variables.set_next(*next),
            Self::SetOrder(order) => variables.set_order(order),
        }
    }
}

/// Writes a file and reads it back from the disk.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |error| Error::file("writing", path)(error);
    let above = path.parent().unwrap_or(path);
    fs::create_dir_all(above).map_err(failed)?;
    let mut file = File::create(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    settle(above)?;
    // What the kernel still has in memory proves nothing of the disk.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    drop(file);
    match fs::read(path).map_err(failed)? == bytes {
        true => Ok(()),
        false => Err(failed(io::Error::other(
            "the file system gives back other bytes than were written",
        ))),
    }
}

/// Lets a file take the place of another. FAT gives the space of the old one free before or after
/// the name is written, as it likes; as long as the old one is open it stays, so its name is good
/// until the new one stands on the disk.
fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    let old = File::open(to).ok();
    fs::rename(from, to).map_err(Error::file("replacing", to))?;
    settle(to.parent().unwrap_or(to))?;
    drop(old);
    settle(to.parent().unwrap_or(to))
}

fn gone(removed: io::Result<()>, path: &Path) -> Result<(), Error> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file("removing", path)(error)),
        Ok(()) => settle(path.parent().unwrap_or(path)),
    }
}

/// Forces the file system of a folder to the disk.
fn settle(folder: &Path) -> Result<(), Error> {
    let folder: PathBuf = folder.to_path_buf();
    let synced = File::open(&folder).and_then(|file| Ok(syncfs(file)?));
    synced.map_err(Error::file("writing", folder))
}
