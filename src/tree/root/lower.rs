//! One layer unpacked by itself, in the form that overlayfs mounts over other layers.
//!
//! What the layer takes away becomes a character device 0:0 or the attribute
//! `user.overlay.opaque`, as the kernel's documentation of overlayfs has it. Directories that the
//! layer only passes through get the metadata that they have below: overlayfs shows the topmost.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, makedev, mknodat};
use rustix::io::Errno;

use crate::oci::{Digest, MediaType};
use crate::path::TreePath;

use super::disk::Disk;
use super::overlay::OPAQUE;
use super::unpack::{Ownership, Unpacker};
use crate::tree::table::DirectoryTable;
use crate::tree::{Entry, EntryKind, Error, Limits, Row, Whiteout, read_layer};

/// Unpacks a layer into an empty directory that is there; gives the diff ID, if it is known.
///
/// `below` are the layers under it, unpacked in the same way, the lowest first.
pub fn unpack_lower(
    layer: impl Read,
    media_type: &MediaType,
    below: &[PathBuf],
    into: &Path,
    ownership: Ownership,
) -> Result<Option<Digest>, Error> {
    let mut lower = Lower {
        unpacker: Unpacker::new(into, ownership)?,
        below: below
            .iter()
            .rev()
            .map(|layer| {
                Disk::open(layer).map_err(|source| {
                    Error::io(format!("opening the layer {}", layer.display()), source)
                })
            })
            .collect::<Result<_, _>>()?,
    };
    let mut table = DirectoryTable::default();
    let mut change = table.layer();
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        change.apply(&entry)?;
        lower.entry(&entry, content)?;
        Ok(ControlFlow::Continue(()))
    };
    let found = read_layer(layer, media_type, &Limits::default(), &mut visit)?;
    lower.finish(&table)?;
    Ok(found)
}

/// Puts the entries of a zstd archive over a root that is there; their paths have no links in them.
///
/// A directory takes the place of a file only where the archive says that nothing of it is left.
pub fn apply_layer(layer: impl Read, root: &Path, ownership: Ownership) -> Result<(), Error> {
    let mut unpacker = Unpacker::new(root, ownership)?;
    let mut directories = BTreeMap::new();
    let mut replaced: Vec<TreePath> = Vec::new();
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        match entry.whiteout() {
            // A whiteout hides what was there before, never what the archive itself brings.
            Some(Whiteout::Path(path)) => {
                let removed = unpacker.clear(&path, true);
                unpacker.check(&path, removed)?;
            }
            Some(Whiteout::Opaque(path)) => {
                replaced.retain(|file| *file != path);
                let removed = unpacker.clear(&path, false);
                unpacker.check(&path, removed)?;
            }
            None => {
                if entry.is_directory() {
                    let found = unpacker.disk.entry(&entry.path);
                    let found = unpacker.check(&entry.path, found)?;
                    if found.is_some_and(|found| matches!(found.kind, EntryKind::File { .. })) {
                        replaced.push(entry.path.clone());
                    }
                    let row = super::unpack::of(&entry);
                    directories.insert(entry.path.clone(), (row, entry.mtime));
                }
                let target = match &entry.kind {
                    EntryKind::Hardlink { target } => Some(target.clone()),
                    _ => None,
                };
                unpacker.put(&entry, entry.path.clone(), target, content)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    };
    read_layer(
        layer,
        &MediaType::ImageLayerZstd,
        &Limits::default(),
        &mut visit,
    )?;
    if let Some(path) = replaced.into_iter().next() {
        let why = "it is a file, and no folder takes its place".to_owned();
        return Err(Error::Entry { path, why });
    }
    for (path, (row, mtime)) in directories.iter().rev() {
        unpacker.metadata(path, row, *mtime)?;
    }
    Ok(())
}

struct Lower {
    unpacker: Unpacker,
    /// The layers below, the topmost first.
    below: Vec<Disk>,
}

impl Lower {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), Error> {
        match entry.whiteout() {
            Some(Whiteout::Path(path)) => self.hide(&path),
            Some(Whiteout::Opaque(path)) => self.hide_below(&path),
            None => {
                let target = match &entry.kind {
                    EntryKind::Hardlink { target } => {
                        self.fetch(target)?;
                        Some(target.clone())
                    }
                    _ => None,
                };
                let path = entry.path.clone();
                self.unpacker.put(entry, path, target, content)
            }
        }
    }

    /// Hides a path of the layers below, unless the layer itself has something there.
    fn hide(&mut self, path: &TreePath) -> Result<(), Error> {
        if self.unpacker.own.contains(path) {
            return Ok(());
        }
        let made = self.unpacker.disk.make(path, &mut |directory, name| {
            let kind = FileType::CharacterDevice;
            mknodat(directory, name, kind, Mode::empty(), makedev(0, 0))
        });
        self.pass_through(path);
        self.unpacker.check(path, made)
    }

    fn hide_below(&mut self, path: &TreePath) -> Result<(), Error> {
        let made = self.unpacker.disk.make_directory(path);
        self.unpacker.check(path, made)?;
        self.unpacker.own.insert(path.clone());
        self.pass_through(path);
        let set = self.unpacker.disk.set_xattr(path, OPAQUE, b"y");
        self.unpacker.check(path, set)
    }

    fn pass_through(&mut self, path: &TreePath) {
        let above = std::iter::successors(path.parent(), TreePath::parent);
        self.unpacker.own.extend(above);
    }

    /// Copies a file of a layer below that a hard link of this layer names.
    fn fetch(&mut self, target: &TreePath) -> Result<(), Error> {
        if self.unpacker.own.contains(target) {
            return Ok(());
        }
        for disk in &mut self.below {
            let found = match disk.open_file(target) {
                Err(Errno::NOENT | Errno::NOTDIR) => continue,
                Err(source) => return Err(self.unpacker.failed(target, source.into())),
                Ok(found) => found,
            };
            let failed = |source| Error::io(format!("reading {target} of a layer below"), source);
            let metadata = found.metadata().map_err(failed)?;
            let entry = Entry {
                path: target.clone(),
                kind: EntryKind::File {
                    size: metadata.len(),
                },
                mode: metadata.permissions().mode() & 0o7777,
                uid: metadata.uid(),
                gid: metadata.gid(),
                mtime: u64::try_from(metadata.mtime()).unwrap_or_default(),
                xattrs: disk
                    .xattrs(target)
                    .map_err(|source| failed(source.into()))?,
            };
            let mut content = found;
            return self
                .unpacker
                .put(&entry, target.clone(), None, &mut content);
        }
        Ok(())
    }

    /// Gives directories their metadata, the deepest first: the layer's own, else that below.
    fn finish(&mut self, table: &DirectoryTable) -> Result<(), Error> {
        let directories: Vec<TreePath> = self.unpacker.own.iter().rev().cloned().collect();
        for path in directories {
            let stated = self.unpacker.mtimes.get(&path).copied();
            match (stated, table.get(&path)) {
                (Some(mtime), Some(row)) if row.link.is_none() => {
                    let row = row.clone();
                    self.unpacker.metadata(&path, &row, mtime)?;
                }
                _ => {
                    let here = self.unpacker.disk.directory(&path);
                    if here.is_ok() {
                        let (row, mtime) = self.below(&path);
                        self.unpacker.metadata(&path, &row, mtime)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The metadata that a directory has in the layers below.
    fn below(&mut self, path: &TreePath) -> (Row, u64) {
        for disk in &mut self.below {
            if let Ok(Some(entry)) = disk.entry(path)
                && entry.is_directory()
            {
                return (super::unpack::of(&entry), entry.mtime);
            }
        }
        let row = Row {
            mode: 0o755,
            uid: 0,
            gid: 0,
            link: None,
            xattrs: BTreeMap::new(),
        };
        (row, 0)
    }
}
