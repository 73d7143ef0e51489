//! A file that is written beside the place that it is for, and takes that place once it is whole.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tempfile::{TempDir, TempPath};

/// How the name of a folder with an unfinished file ends.
const END: &str = ".unfinished";

/// A file in a folder of its own, beside its place. The folder goes with this value; when terroir is
/// killed, the next file for the same place takes it away.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: TempDir,
    /// Held as long as terroir lives. Where folders cannot be locked, nothing is taken away later.
    _lock: Option<File>,
}

impl Unfinished {
    /// An empty file for a place, after what killed processes left there is gone.
    pub(super) fn new(place: &Path) -> io::Result<Self> {
        let parent = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let parent = std::path::absolute(parent)?;
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let begin = format!(".{name}.");
        for entry in fs::read_dir(&parent)? {
            let entry = entry?;
            let found = entry.file_name();
            let found = found.to_str().unwrap_or_default();
            if found.starts_with(&begin) && found.ends_with(END) && entry.file_type()?.is_dir() {
                take_away(&entry.path());
            }
        }
        loop {
            let folder = tempfile::Builder::new()
                .prefix(&begin)
                .suffix(END)
                .tempdir_in(&parent)?;
            let opened = File::open(folder.path())?;
            let lock = flock(&opened, FlockOperation::NonBlockingLockExclusive).is_ok();
            // Another process may have taken it for a leftover before it was locked.
            let inode = opened.metadata()?.ino();
            if folder
                .path()
                .metadata()
                .is_ok_and(|there| there.ino() == inode)
            {
                let unfinished = Self {
                    folder,
                    _lock: lock.then_some(opened),
                };
                File::create(unfinished.path())?;
                return Ok(unfinished);
            }
        }
    }

    /// The file.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    /// Puts the file in its place, where nothing may be unless it is to be overwritten.
    pub(super) fn finish(self, place: &Path, overwrite: bool) -> io::Result<()> {
        let file = TempPath::try_from_path(self.path())?;
        let placed = match overwrite {
            true => file.persist(place),
            false => file.persist_noclobber(place),
        };
        placed.map_err(|error| error.error)?;
        let parent = self.folder.path().parent().unwrap_or(Path::new("/"));
        File::open(parent)?.sync_all()
    }
}

/// Removes a folder whose process is gone; what cannot be removed stays.
fn take_away(folder: &Path) {
    let Ok(opened) = File::open(folder) else {
        return;
    };
    if flock(&opened, FlockOperation::NonBlockingLockExclusive).is_ok() {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_processes_left_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("disk.raw");
        let left = folder.path().join(".disk.raw.abcdef.unfinished");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("file"), "half").unwrap();
        let kept = [".disk.raw.backup", ".other.raw.abcdef.unfinished"];
        for name in kept {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let running = Unfinished::new(&place).unwrap();
        assert!(!left.exists());
        fs::write(running.path(), "whole").unwrap();
        let other = Unfinished::new(&place).unwrap();
        assert!(running.path().exists() && other.path().exists());
        running.finish(&place, false).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "whole");
        assert!(other.finish(&place, false).is_err());
        Unfinished::new(&place)
            .unwrap()
            .finish(&place, true)
            .unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "");
        let names = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = names.map(|one| one.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [kept[0], kept[1], "disk.raw"]);
    }
}
