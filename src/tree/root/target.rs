//! A root that files are added to; links in it are followed inside it.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::path::TreePath;

use super::unpack::{Ownership, Skipped, Unpacker};
use crate::tree::{Entry, Error, InRoot, Row};

/// A root and what puts things into it.
pub(super) struct Target {
    root: InRoot,
    top: PathBuf,
    unpacker: Unpacker,
}

impl Target {
    /// Opens a root.
    pub(super) fn open(top: &Path, ownership: Ownership) -> Result<Self, Error> {
        let root = InRoot::open(top)?;
        Ok(Self {
            top: root.real_path("/")?,
            root,
            unpacker: Unpacker::new(top, ownership)?,
        })
    }

    /// Makes sure of a directory; what of it is missing gets an owner, 0:0 when none is given.
    pub(super) fn folder(&mut self, path: &str, owner: Option<(u32, u32)>) -> Result<(), Error> {
        let missing = self.root.missing(path)?;
        self.root.make_directories(path)?;
        if !self.is_directory(path) {
            let why = io::Error::other("it is there and is not a folder");
            return Err(Error::io(format!("copying to {path}"), why));
        }
        let Some((uid, gid)) = owner else {
            return Ok(());
        };
        for made in missing {
            let made = self.place(&made)?;
            let found = self.unpacker.disk.entry(&made);
            let Some(entry) = self.unpacker.check(&made, found)? else {
                continue;
            };
            let row = Row {
                uid,
                gid,
                ..super::unpack::of(&entry)
            };
            self.unpacker.metadata(&made, &row, entry.mtime)?;
        }
        Ok(())
    }

    /// Tells whether a path leads to a directory.
    pub(super) fn is_directory(&self, path: &str) -> bool {
        self.root.real_path(path).is_ok_and(|path| path.is_dir())
    }

    /// The path without links at which something of the root stands, or would stand.
    pub(super) fn place(&self, path: &str) -> Result<TreePath, Error> {
        let (above, name) = path
            .trim_end_matches('/')
            .rsplit_once('/')
            .unwrap_or(("", path.trim_end_matches('/')));
        let above = if above.is_empty() { "/" } else { above };
        let mut real = self.root.real_path(above)?;
        if !name.is_empty() {
            real.push(name);
            if let Ok(itself) = self.root.real_path(path) {
                real = if itself.is_dir() { itself } else { real };
            }
        }
        inside(&self.top, &real)
    }

    /// Where a link leads, if the path is one and it leads to a directory.
    pub(super) fn through(&mut self, path: &TreePath) -> Result<Option<TreePath>, Error> {
        let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
        let found = self.root.link(&text)?;
        match found.is_some() && self.is_directory(&text) {
            true => inside(&self.top, &self.root.real_path(&text)?).map(Some),
            false => Ok(None),
        }
    }

    /// Puts an entry in a place without links, whatever its own path is; `first` is the file that it
    /// is a hard link to.
    pub(super) fn put(
        &mut self,
        entry: Entry,
        place: &TreePath,
        first: Option<TreePath>,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        let entry = Entry {
            path: place.clone(),
            ..entry
        };
        self.unpacker.put(&entry, place.clone(), first, content)
    }

    /// Gives directories their metadata, the deepest first.
    pub(super) fn settle(
        &mut self,
        directories: &BTreeMap<TreePath, (Row, u64)>,
    ) -> Result<(), Error> {
        for (path, (row, mtime)) in directories.iter().rev() {
            self.unpacker.metadata(path, row, *mtime)?;
        }
        Ok(())
    }

    /// What could not be made as it was asked for.
    pub(super) fn skipped(&self) -> &[Skipped] {
        &self.unpacker.skipped
    }
}

/// A path of the machine as a path of the root that holds it.
pub(super) fn inside(top: &Path, real: &Path) -> Result<TreePath, Error> {
    use std::os::unix::ffi::OsStrExt as _;
    let wrong = |why: String| {
        Error::io(
            format!("copying to {}", real.display()),
            io::Error::other(why),
        )
    };
    let relative = real
        .strip_prefix(top)
        .map_err(|error| wrong(error.to_string()))?;
    TreePath::from_bytes(relative.as_os_str().as_bytes()).map_err(|error| wrong(error.to_string()))
}
