//! What a run changed in a root: the upper directory of an overlay, or a changed copy, as entries of
//! a layer.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rustix::io::Errno;

use crate::path::TreePath;

use super::repeat::{differs, fits};
use crate::tree::root::Disk;
use crate::tree::root::{OPAQUE, WHITEOUT, is_kept};
use crate::tree::{Entry, EntryKind, Error};

/// Size of the pieces in which files are compared, in bytes.
const PIECE: usize = 128 << 10;

/// How changes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The directory is the upper one of an overlay: it holds nothing but changes, and says itself
    /// what is gone.
    Upper,
    /// The directory is a whole root that once was the one below.
    Whole,
}

/// One path that a run changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is there now, or the whiteout that says that nothing is.
    pub entry: Entry,
}

/// A directory with changes, over a root that nobody changes meanwhile.
pub struct Changes {
    upper: Disk,
    below: Disk,
    comparison: Comparison,
    found: Vec<Change>,
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changes")
            .field("comparison", &self.comparison)
            .finish_non_exhaustive()
    }
}

impl Changes {
    /// Opens both directories.
    pub fn open(upper: &Path, below: &Path, comparison: Comparison) -> Result<Self, Error> {
        let open = |path: &Path| {
            Disk::open(path)
                .map_err(|source| Error::io(format!("opening {}", path.display()), source))
        };
        Ok(Self {
            upper: open(upper)?,
            below: open(below)?,
            comparison,
            found: Vec::new(),
        })
    }

    /// Takes away an empty file or folder that is a mount point and nothing else.
    pub fn forget_stub(&mut self, path: &TreePath) -> Result<(), Error> {
        let is_stub = match self.upper.entry(path) {
            Ok(Some(entry)) => match entry.kind {
                EntryKind::File { size } => size == 0,
                EntryKind::Directory => self.upper.names(path).is_ok_and(|names| names.is_empty()),
                _ => false,
            },
            _ => false,
        };
        if is_stub && self.below(path)?.is_none() {
            self.upper.remove(path).map_err(failed(path))?;
        }
        Ok(())
    }

    /// Lets `settle` look at every changed file before it is compared: what it drops counts as never
    /// written, and goes from the upper directory too.
    ///
    /// Gives the changes in the order of paths. An entry that equals the one below in content and
    /// metadata, its time aside, is not a change. Times above `epoch` become `epoch`, on disk too, so
    /// that the directory can be mounted later in place of the layer.
    pub fn list(
        mut self,
        epoch: u64,
        settle: &dyn Fn(&Entry) -> Settled,
    ) -> Result<(Vec<Change>, Contents), Error> {
        self.directory(&TreePath::root(), false, (epoch, settle))?;
        let mut found = std::mem::take(&mut self.found);
        found.sort_by(|one, other| one.entry.path.cmp(&other.entry.path));
        let mut links = BTreeMap::new();
        for change in &mut found {
            self.link(&mut change.entry, &mut links)?;
        }
        Ok((found, Contents { disk: self.upper }))
    }

    /// Makes a hard link of each further name of a file, in the order of paths.
    fn link(
        &mut self,
        entry: &mut Entry,
        links: &mut BTreeMap<(u64, u64), TreePath>,
    ) -> Result<(), Error> {
        if !matches!(entry.kind, EntryKind::File { .. }) || entry.whiteout().is_some() {
            return Ok(());
        }
        let Some(identity) = self
            .upper
            .several_names(&entry.path)
            .map_err(failed(&entry.path))?
        else {
            return Ok(());
        };
        if let Some(target) = links.get(&identity) {
            let target = target.clone();
            entry.kind = EntryKind::Hardlink { target };
        } else {
            links.insert(identity, entry.path.clone());
        }
        Ok(())
    }

    /// Collects the changes below a directory; tells whether there are any. Where an opaque
    /// whiteout hides what is below, everything is a change.
    fn directory(
        &mut self,
        path: &TreePath,
        hidden: bool,
        how: Settling<'_>,
    ) -> Result<bool, Error> {
        let mut names = self.upper.names(path).map_err(failed(path))?;
        names.sort();
        let mut any = false;
        for name in &names {
            let child = path
                .join(name)
                .map_err(|error| Error::io(format!("listing {path}"), io::Error::other(error)))?;
            any |= self.path(&child, hidden, how)?;
        }
        if self.comparison == Comparison::Whole && !hidden {
            for name in self.below.names(path).map_err(failed(path))? {
                if names.binary_search(&name).is_err()
                    && let Ok(gone) = path.join(&name)
                {
                    any |= self.gone(&gone)?;
                }
            }
        }
        Ok(any)
    }

    fn gone(&mut self, path: &TreePath) -> Result<bool, Error> {
        let removal = Entry::removal(path)
            .map_err(|error| Error::io(format!("removing {path}"), io::Error::other(error)))?;
        self.found.push(Change { entry: removal });
        Ok(true)
    }

    /// Collects the change of one path; tells whether it or something below changed.
    fn path(&mut self, path: &TreePath, hidden: bool, how: Settling<'_>) -> Result<bool, Error> {
        let (epoch, settle) = how;
        let Some(mut entry) = self.upper.entry(path).map_err(failed(path))? else {
            return Ok(false);
        };
        if entry.kind == WHITEOUT {
            return self.gone(path);
        }
        let opaque = entry.xattrs.remove(OPAQUE).is_some();
        entry.xattrs.retain(|name, _| is_kept(name));
        let below = self.below(path)?;
        if entry.is_directory() {
            return self.changed_directory(entry, below, (opaque, hidden), how);
        }
        match settle(&entry) {
            Settled::Keep => {}
            Settled::Drop => {
                self.upper.remove(path).map_err(failed(path))?;
                return Ok(false);
            }
            Settled::Rewrite(rewrite) => {
                let size = self.rewrite(path, &rewrite)?;
                entry.kind = EntryKind::File { size };
            }
        }
        if entry.mtime > epoch {
            entry.mtime = epoch;
            self.upper.set_time(path, epoch).map_err(failed(path))?;
        }
        if let (Some(below), false) = (&below, hidden)
            && self.equal(&entry, below)?
        {
            if self.comparison == Comparison::Upper {
                self.upper.remove(path).map_err(failed(path))?;
            }
            return Ok(false);
        }
        self.found.push(Change { entry });
        Ok(true)
    }

    fn below(&mut self, path: &TreePath) -> Result<Option<Entry>, Error> {
        let below = match self.below.entry(path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => None,
            other => other.map_err(failed(path))?,
        };
        Ok(below.map(|mut entry| {
            entry.xattrs.retain(|name, _| is_kept(name));
            entry
        }))
    }

    fn changed_directory(
        &mut self,
        mut entry: Entry,
        below: Option<Entry>,
        (mut opaque, hidden): (bool, bool),
        how: Settling<'_>,
    ) -> Result<bool, Error> {
        let path = entry.path.clone();
        let before = self.found.len();
        let was = below.filter(Entry::is_directory);
        if let (Some(was), Comparison::Whole) = (&was, self.comparison) {
            opaque = !hidden && differs(&entry, was) && fits(&mut self.below, &path)?;
        }
        let any = self.directory(&path, hidden || opaque, how)?;
        // A time says only that something happened in here; the one below stays.
        entry.mtime = was.as_ref().map_or(entry.mtime.min(how.0), |was| was.mtime);
        self.upper
            .set_time(&path, entry.mtime)
            .map_err(failed(&path))?;
        let same = was.as_ref() == Some(&entry);
        if same && !any && !opaque && !hidden {
            return Ok(false);
        }
        if opaque && !hidden && was.is_some() {
            let opaque = Entry::opaque(&path)
                .map_err(|error| Error::io(format!("emptying {path}"), io::Error::other(error)))?;
            self.found.push(Change { entry: opaque });
        }
        self.found.insert(before, Change { entry });
        Ok(true)
    }

    fn rewrite(&mut self, path: &TreePath, rewrite: &Rewrite) -> Result<u64, Error> {
        let mut bytes = Vec::new();
        self.upper
            .open_file(path)
            .map_err(failed(path))?
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(format!("reading {path}"), source))?;
        let bytes = rewrite(&bytes);
        self.upper
            .overwrite(path, &bytes)
            .map_err(|source| Error::io(format!("settling {path}"), source))?;
        Ok(bytes.len() as u64)
    }

    /// Tells whether two entries are the same but for their times.
    fn equal(&mut self, entry: &Entry, below: &Entry) -> Result<bool, Error> {
        let timeless = Entry {
            mtime: entry.mtime,
            ..below.clone()
        };
        if timeless != *entry {
            return Ok(false);
        }
        if !matches!(entry.kind, EntryKind::File { .. }) {
            return Ok(true);
        }
        let path = &entry.path;
        let one = self.upper.open_file(path).map_err(failed(path))?;
        let other = self.below.open_file(path).map_err(failed(path))?;
        same_bytes(one, other).map_err(|source| Error::io(format!("comparing {path}"), source))
    }
}

/// The latest time, and what becomes of each file.
type Settling<'a> = (u64, &'a dyn Fn(&Entry) -> Settled);

/// A new content made of the old.
pub type Rewrite = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// What becomes of a changed file.
#[expect(
    missing_debug_implementations,
    reason = "a closure has nothing to show"
)]
pub enum Settled {
    /// It stays.
    Keep,
    /// It counts as never written.
    Drop,
    /// It stays with another content.
    Rewrite(Rewrite),
}

/// The contents of changed files.
pub struct Contents {
    disk: Disk,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").finish_non_exhaustive()
    }
}

impl Contents {
    /// Opens a changed file.
    pub fn open(&mut self, path: &TreePath) -> Result<File, Error> {
        self.disk.open_file(path).map_err(failed(path))
    }
}

fn same_bytes(mut one: File, mut other: File) -> io::Result<bool> {
    let (mut here, mut there) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let count = one.read(&mut here)?;
        let Some(space) = there.get_mut(..count) else {
            return Ok(false);
        };
        if count == 0 {
            return Ok(other.read(&mut [0])? == 0);
        }
        match other.read_exact(space) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            result => result?,
        }
        if here.get(..count) != Some(&*space) {
            return Ok(false);
        }
    }
}

fn failed(path: &TreePath) -> impl FnOnce(Errno) -> Error {
    let path = path.clone();
    move |source| {
        Error::io(
            format!("looking at {path} in the changed root"),
            source.into(),
        )
    }
}
