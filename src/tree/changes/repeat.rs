//! Folders of the layers below whose metadata a layer changes, repeated whole in it.
//!
//! An importer that unites layers without an overlay (ostree's union checkout, which bootc uses)
//! keeps the metadata of a folder that is already there. A folder that is hidden by an opaque
//! whiteout and comes again with all that it holds has its new metadata everywhere.

use std::collections::BTreeMap;
use std::io::{Read, empty};
use std::path::Path;

use crate::path::TreePath;

use crate::tree::root::Disk;
use crate::tree::root::{OPAQUE, WHITEOUT, is_kept};
use crate::tree::root::{Ownership, Unpacker, of};
use crate::tree::{Entry, EntryKind, Error};

/// Most entries of a folder that is repeated.
pub const MAX_REPEATED_ENTRIES: usize = 1_000;

/// Most bytes in the files of a folder that is repeated.
pub const MAX_REPEATED_BYTES: u64 = 16 << 20;

/// How much a folder holds, against what is repeated at most.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tree) struct Extent {
    entries: usize,
    bytes: u64,
}

impl Extent {
    /// Counts an entry; tells whether the folder may still be repeated.
    pub(in crate::tree) fn add(&mut self, entry: &Entry) -> bool {
        self.entries += 1;
        if let EntryKind::File { size } = entry.kind {
            self.bytes = self.bytes.saturating_add(size);
        }
        self.entries <= MAX_REPEATED_ENTRIES && self.bytes <= MAX_REPEATED_BYTES
    }
}

/// Tells whether a folder has other metadata than below, its time aside.
pub(super) fn differs(entry: &Entry, below: &Entry) -> bool {
    let kept = |entry: &Entry| {
        let mut xattrs = entry.xattrs.clone();
        xattrs.retain(|name, _| is_kept(name));
        (entry.mode, entry.uid, entry.gid, xattrs)
    };
    kept(entry) != kept(below)
}

/// Tells whether a folder is small enough to be repeated.
pub(super) fn fits(disk: &mut Disk, folder: &TreePath) -> Result<bool, Error> {
    let mut extent = Extent::default();
    let mut open = vec![folder.clone()];
    while let Some(path) = open.pop() {
        for child in children(disk, &path)? {
            let Some(entry) = disk.entry(&child).map_err(failed(&child))? else {
                continue;
            };
            if !extent.add(&entry) {
                return Ok(false);
            }
            if entry.is_directory() {
                open.push(child);
            }
        }
    }
    Ok(true)
}

/// Completes the folders of an overlay's upper directory whose metadata changed with what they hold
/// below, and marks them opaque.
///
/// `below` is the root without the upper directory. Folders beyond [`MAX_REPEATED_ENTRIES`] or
/// [`MAX_REPEATED_BYTES`] stay as they are.
pub fn repeat_changed(upper: &Path, below: &Path, ownership: Ownership) -> Result<(), Error> {
    let opening = |source| Error::io(format!("opening {}", below.display()), source);
    let mut repeating = Repeating {
        upper: Unpacker::new(upper, ownership)?,
        below: Disk::open(below).map_err(opening)?,
        names: BTreeMap::new(),
    };
    repeating.look(&TreePath::root())
}

struct Repeating {
    upper: Unpacker,
    below: Disk,
    /// The first name of each file with several that was repeated.
    names: BTreeMap<(u64, u64), TreePath>,
}

impl Repeating {
    /// Looks for changed folders below one that is not.
    fn look(&mut self, folder: &TreePath) -> Result<(), Error> {
        for path in children(&self.upper.disk, folder)? {
            let Some(entry) = self.upper.disk.entry(&path).map_err(failed(&path))? else {
                continue;
            };
            if !entry.is_directory() || entry.xattrs.contains_key(OPAQUE) {
                continue;
            }
            let Some(was) = self.below(&path)?.filter(Entry::is_directory) else {
                continue;
            };
            if differs(&entry, &was) && fits(&mut self.below, &path)? {
                self.complete(&path)?;
                let marked = self.upper.disk.set_xattr(&path, OPAQUE, b"y");
                marked.map_err(failed(&path))?;
            } else {
                self.look(&path)?;
            }
        }
        Ok(())
    }

    fn below(&mut self, path: &TreePath) -> Result<Option<Entry>, Error> {
        self.below.entry(path).map_err(failed(path))
    }

    /// Brings what a folder holds below into the upper directory, unless it changed or went.
    fn complete(&mut self, folder: &TreePath) -> Result<(), Error> {
        for path in children(&self.below, folder)? {
            let here = self.upper.disk.entry(&path).map_err(failed(&path))?;
            match here.map(|entry| (entry.is_directory(), entry)) {
                None => self.copy(&path)?,
                Some((_, entry)) if entry.kind == WHITEOUT => {
                    self.upper.disk.remove(&path).map_err(failed(&path))?;
                }
                Some((true, entry)) if !entry.xattrs.contains_key(OPAQUE) => {
                    if self.below(&path)?.is_some_and(|below| below.is_directory()) {
                        self.complete(&path)?;
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Copies a path of the root below as it is.
    fn copy(&mut self, path: &TreePath) -> Result<(), Error> {
        let Some(mut entry) = self.below(path)? else {
            return Ok(());
        };
        entry.xattrs.retain(|name, _| is_kept(name));
        if entry.is_directory() {
            self.upper.put(&entry, path.clone(), None, &mut empty())?;
            for child in children(&self.below, path)? {
                self.copy(&child)?;
            }
            return self.upper.metadata(path, &of(&entry), entry.mtime);
        }
        let mut content: Box<dyn Read> = Box::new(empty());
        let mut target = None;
        if matches!(entry.kind, EntryKind::File { .. }) {
            let several = self.below.several_names(path).map_err(failed(path))?;
            target = several.and_then(|file| self.names.get(&file).cloned());
            match (&target, several) {
                (Some(target), _) => {
                    let target = target.clone();
                    entry.kind = EntryKind::Hardlink { target };
                }
                (None, several) => {
                    content = Box::new(self.below.open_file(path).map_err(failed(path))?);
                    self.names.extend(several.map(|file| (file, path.clone())));
                }
            }
        }
        self.upper.put(&entry, path.clone(), target, &mut content)
    }
}

/// The paths in a folder, in order.
fn children(disk: &Disk, folder: &TreePath) -> Result<Vec<TreePath>, Error> {
    let mut names = disk.names(folder).map_err(failed(folder))?;
    names.sort();
    let join = |name: &Vec<u8>| {
        let source = |error| Error::io(format!("listing {folder}"), std::io::Error::other(error));
        folder.join(name).map_err(source)
    };
    names.iter().map(join).collect()
}

fn failed(path: &TreePath) -> impl FnOnce(rustix::io::Errno) -> Error {
    let path = path.clone();
    move |source| Error::io(format!("repeating {path}"), source.into())
}
