//! An open root in which no symbolic link is followed: what stands where, and files put there.

use std::io::{Read as _, Write as _};
use std::path::Path;

use rustix::fs::{Mode, fchmod, symlinkat};
use rustix::io::Errno;

use super::disk::{Disk, create};
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, Error};

/// A root whose paths are taken as they are: a link on the way to one is an error.
#[expect(
    missing_debug_implementations,
    reason = "an open folder has nothing to show"
)]
pub struct OpenRoot {
    disk: Disk,
}

impl OpenRoot {
    /// Opens a root.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let disk = Disk::open(root)
            .map_err(|source| Error::io(format!("opening {}", root.display()), source))?;
        Ok(Self { disk })
    }

    /// What stands at a path; none when nothing does.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn entry(&mut self, path: &TreePath) -> Result<Option<Entry>, Error> {
        match self.disk.entry(path) {
            Err(Errno::LOOP) => Ok(None),
            other => other.map_err(failed("looking at", path)),
        }
    }

    /// The names in a folder, sorted; none when it is no folder.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn names(&self, path: &TreePath) -> Result<Vec<Vec<u8>>, Error> {
        let mut names = self.disk.names(path).map_err(failed("reading", path))?;
        names.sort();
        Ok(names)
    }

    /// Everything below a folder, itself left out, each folder before what it holds.
    ///
    /// # Errors
    /// Something cannot be looked at.
    pub fn below(&mut self, folder: &TreePath) -> Result<Vec<Entry>, Error> {
        let mut found = Vec::new();
        let mut waiting = vec![folder.clone()];
        while let Some(next) = waiting.pop() {
            for name in self.names(&next)? {
                let path = next.join(&name).map_err(|source| {
                    Error::io(format!("reading {next}"), std::io::Error::other(source))
                })?;
                let Some(entry) = self.entry(&path)? else {
                    continue;
                };
                if entry.is_directory() {
                    waiting.push(path);
                }
                found.push(entry);
            }
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    /// Hands the content of a regular file over in pieces; none when there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn stream(
        &mut self,
        path: &TreePath,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<()>, Error> {
        let mut file = match self.disk.open_file(path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            other => other.map_err(failed("reading", path))?,
        };
        let mut buffer = vec![0; 128 << 10];
        loop {
            let count = file
                .read(&mut buffer)
                .map_err(|source| Error::io(format!("reading {path}"), source))?;
            match buffer.get(..count) {
                Some(piece) if !piece.is_empty() => take(piece),
                _ => return Ok(Some(())),
            }
        }
    }

    /// The text of a regular file; none when there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn text(&mut self, path: &TreePath) -> Result<Option<String>, Error> {
        let mut bytes = Vec::new();
        let found = self.stream(path, &mut |piece| bytes.extend_from_slice(piece))?;
        Ok(found.map(|()| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Puts a regular file of root's, with all folders that are missing above it (0755).
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, path: &TreePath, bytes: &[u8], mode: u32) -> Result<(), Error> {
        if self.holds(path, bytes, mode)? {
            return Ok(());
        }
        self.parents(path)?;
        self.disk.remove(path).map_err(failed("replacing", path))?;
        let mut file = self
            .disk
            .at(path, &mut |folder, name| create(folder, name))
            .map_err(failed("writing", path))?;
        file.write_all(bytes)
            .map_err(|source| Error::io(format!("writing {path}"), source))?;
        fchmod(&file, Mode::from_raw_mode(mode)).map_err(failed("writing", path))
    }

    /// Tells whether a regular file of root's is there with that content and mode.
    fn holds(&mut self, path: &TreePath, bytes: &[u8], mode: u32) -> Result<bool, Error> {
        let Some(entry) = self.entry(path)? else {
            return Ok(false);
        };
        let size = bytes.len() as u64;
        if entry.kind != (EntryKind::File { size })
            || (entry.mode, entry.uid, entry.gid) != (mode, 0, 0)
        {
            return Ok(false);
        }
        let mut rest = bytes;
        let mut same = true;
        self.stream(
            path,
            &mut |piece| match rest.split_at_checked(piece.len()) {
                Some((first, left)) if first == piece => rest = left,
                _ => same = false,
            },
        )?;
        Ok(same)
    }

    /// Puts a symbolic link.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn link(&mut self, path: &TreePath, target: &[u8]) -> Result<(), Error> {
        self.parents(path)?;
        self.disk.remove(path).map_err(failed("replacing", path))?;
        self.disk
            .at(path, &mut |folder, name| symlinkat(target, folder, name))
            .map_err(failed("linking", path))
    }

    /// Removes what stands at a path, with all below it.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&mut self, path: &TreePath) -> Result<(), Error> {
        self.disk.remove(path).map_err(failed("removing", path))
    }

    /// Makes the folders above a path that are missing.
    fn parents(&mut self, path: &TreePath) -> Result<(), Error> {
        let above: Vec<TreePath> = std::iter::successors(path.parent(), TreePath::parent).collect();
        for folder in above.into_iter().rev().filter(|folder| !folder.is_root()) {
            if self.entry(&folder)?.is_some() {
                continue;
            }
            self.disk
                .make_directory(&folder)
                .map_err(failed("making", &folder))?;
            let mode = Mode::from_raw_mode(0o755);
            let flags = rustix::fs::AtFlags::empty();
            self.disk
                .at(&folder, &mut |above, name| {
                    rustix::fs::chmodat(above, name, mode, flags)
                })
                .map_err(failed("making", &folder))?;
        }
        Ok(())
    }
}

fn failed(doing: &str, path: &TreePath) -> impl FnOnce(Errno) -> Error {
    let doing = format!("{doing} {path} in the root");
    move |source| Error::io(doing, source.into())
}
