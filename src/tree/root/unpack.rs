//! Layers unpacked onto each other into a directory.
//!
//! A directory table runs along and says where each path really stands, so a link in a layer is
//! followed inside the root as a chroot would, and the disk is only ever asked for paths without
//! links. Directories get their metadata last: until then their owner can write into them, and no
//! access list of theirs is inherited.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, Uid, chmodat, chownat, linkat, makedev, mknodat, statat,
    symlinkat,
};
use rustix::io::Errno;

use crate::oci::{BlobSource, Descriptor};
use crate::path::TreePath;

use super::disk::{Disk, OWNER_NOTE, create};
use crate::tree::table::{DirectoryTable, TableLayer};
use crate::tree::{Entry, EntryKind, Error, Limits, Row, Whiteout, read_layer};

/// Attributes with which overlayfs marks its own directories; from a layer they would be believed.
const OVERLAY: [&[u8]; 2] = [b"trusted.overlay.", b"user.overlay."];

/// Who owns what is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Who the layers say; needs root, or a namespace in which those ids exist.
    Keep,
    /// Whoever unpacks; devices and all attributes but `user.*` are left out.
    Mine,
    /// Whoever unpacks, in a namespace of his own; who it should be is noted in an attribute, which
    /// packing reads again.
    Noted,
}

/// Something that could not be made as the layers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where.
    pub path: TreePath,
    /// What is missing there and why, as a fragment.
    pub what: String,
}

/// What came of unpacking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Directories and links of the root.
    pub table: DirectoryTable,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// Unpacks layers, the lowest first, into an empty directory, which is made if need be.
///
/// After an error the directory holds what was unpacked until then, and is of no use.
pub fn unpack(
    layers: &[Descriptor],
    source: &dyn BlobSource,
    into: &Path,
    ownership: Ownership,
    limits: &Limits,
) -> Result<Unpacked, Error> {
    let opening = |source| Error::io(format!("opening {} to unpack into", into.display()), source);
    std::fs::create_dir_all(into).map_err(opening)?;
    if std::fs::read_dir(into).map_err(opening)?.next().is_some() {
        return Err(Error::NotEmpty(into.to_path_buf()));
    }
    let mut unpacker = Unpacker::new(into, ownership)?;
    let mut table = DirectoryTable::default();
    for layer in layers {
        let mut change = table.layer();
        unpacker.own.clear();
        let mut visit = |entry: Entry, content: &mut dyn Read| {
            unpacker.entry(&entry, &mut change, content)?;
            Ok(ControlFlow::Continue(()))
        };
        read_layer(source.open(layer)?, layer.media_type(), limits, &mut visit)?;
    }
    unpacker.finish(&table)?;
    Ok(Unpacked {
        table,
        skipped: unpacker.skipped,
    })
}

pub(in crate::tree) struct Unpacker {
    into: PathBuf,
    pub(in crate::tree) disk: Disk,
    ownership: Ownership,
    /// What the layer at hand brought, directories on the way included.
    pub(in crate::tree) own: BTreeSet<TreePath>,
    pub(in crate::tree) mtimes: BTreeMap<TreePath, u64>,
    pub(in crate::tree) skipped: Vec<Skipped>,
}

impl Unpacker {
    /// Opens a directory to unpack into.
    pub(in crate::tree) fn new(into: &Path, ownership: Ownership) -> Result<Self, Error> {
        let opening =
            |source| Error::io(format!("opening {} to unpack into", into.display()), source);
        Ok(Self {
            into: into.to_path_buf(),
            disk: Disk::open(into).map_err(opening)?,
            ownership,
            own: BTreeSet::new(),
            mtimes: BTreeMap::new(),
            skipped: Vec::new(),
        })
    }

    fn entry(
        &mut self,
        entry: &Entry,
        change: &mut TableLayer<'_>,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        let target = match &entry.kind {
            EntryKind::Hardlink { target } => Some(change.table().resolve(target)?.path),
            _ => None,
        };
        let path = change.apply(entry)?;
        if entry.whiteout().is_some() {
            let itself = matches!(entry.whiteout(), Some(Whiteout::Path(_)));
            let cleared = self.clear(&path, itself);
            return self.check(&path, cleared);
        }
        self.put(entry, path, target, content)
    }

    /// Puts an entry that is not a whiteout in its place; `target` is the file of a hard link.
    pub(in crate::tree) fn put(
        &mut self,
        entry: &Entry,
        path: TreePath,
        target: Option<TreePath>,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        for path in std::iter::successors(Some(path.clone()), TreePath::parent) {
            if !self.own.insert(path) {
                break;
            }
        }
        match &entry.kind {
            EntryKind::Directory => {
                let made = self.disk.make_directory(&path);
                self.check(&path, made)?;
                self.mtimes.insert(path, entry.mtime);
                Ok(())
            }
            EntryKind::File { .. } => self.file(&path, entry, content),
            EntryKind::Hardlink { .. } => {
                let target = target.expect("resolved above for hard links");
                self.hardlink(&path, &target).map_err(|source| {
                    let why = match source {
                        Errno::NOENT => "which is not there".to_owned(),
                        other => other.to_string(),
                    };
                    let why = format!("it is a hard link to {target}: {why}");
                    self.failed(&path, io::Error::other(why))
                })
            }
            EntryKind::Symlink { target } => {
                let made = self.disk.make(&path, &mut |directory, name| {
                    symlinkat(target.as_slice(), directory, name)
                });
                self.check(&path, made)?;
                self.metadata(&path, &of(entry), entry.mtime)
            }
            _ => self.node(&path, entry),
        }
    }

    fn file(
        &mut self,
        path: &TreePath,
        entry: &Entry,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        let made = self
            .disk
            .make(path, &mut |directory, name| create(directory, name));
        let mut file = self.check(path, made)?;
        io::copy(content, &mut file).map_err(|source| self.failed(path, source))?;
        drop(file);
        self.metadata(path, &of(entry), entry.mtime)
    }

    fn hardlink(&mut self, path: &TreePath, target: &TreePath) -> Result<(), Errno> {
        let stat = |directory: &OwnedFd, name: &[u8]| {
            statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
                .map(|stat| (stat.st_dev, stat.st_ino))
        };
        let there = self
            .disk
            .at(target, &mut |directory, name| stat(directory, name))?;
        let here = self
            .disk
            .at(path, &mut |directory, name| stat(directory, name));
        if here == Ok(there) {
            return Ok(());
        }
        let from = self.disk.directory(&target.parent().unwrap_or_default())?;
        self.disk.make(path, &mut |directory, name| {
            linkat(&from, target.file_name(), directory, name, AtFlags::empty())
        })
    }

    /// Makes a device or a named pipe.
    fn node(&mut self, path: &TreePath, entry: &Entry) -> Result<(), Error> {
        let (kind, device) = match entry.kind {
            EntryKind::CharDevice { major, minor } => {
                (FileType::CharacterDevice, Some((major, minor)))
            }
            EntryKind::BlockDevice { major, minor } => {
                (FileType::BlockDevice, Some((major, minor)))
            }
            _ => (FileType::Fifo, None),
        };
        let (major, minor) = device.unwrap_or_default();
        let mode = Mode::RUSR | Mode::WUSR;
        let mut make = |directory: &OwnedFd, name: &[u8]| {
            mknodat(directory, name, kind, mode, makedev(major, minor))
        };
        let made = match (device, self.ownership) {
            // The directory is made all the same: the table has it.
            (Some(_), Ownership::Mine | Ownership::Noted) => self
                .disk
                .make_parents(path)
                .and_then(|()| self.disk.remove(path))
                .and(Err(Errno::PERM)),
            _ => self.disk.make(path, &mut make),
        };
        match made {
            Err(Errno::PERM | Errno::ACCESS) if device.is_some() => {
                let what = format!("device {major}:{minor}, which only root makes");
                self.skip(path, what);
                Ok(())
            }
            Err(source) => Err(self.failed(path, source.into())),
            Ok(()) => self.metadata(path, &of(entry), entry.mtime),
        }
    }

    /// Sets owner, mode, attributes and time, in the order in which none undoes another.
    pub(in crate::tree) fn metadata(
        &mut self,
        path: &TreePath,
        row: &Row,
        mtime: u64,
    ) -> Result<(), Error> {
        if self.ownership == Ownership::Keep {
            let owned = self.disk.on(path, &mut |directory, name| {
                let (uid, gid) = (Uid::from_raw(row.uid), Gid::from_raw(row.gid));
                let flags = AtFlags::SYMLINK_NOFOLLOW;
                chownat(directory, name, Some(uid), Some(gid), flags)
            });
            owned.map_err(|source| {
                let why = format!("the owner {}:{} cannot be set: {source}", row.uid, row.gid);
                self.failed(path, io::Error::other(why))
            })?;
        }
        if row.link.is_none() {
            let mode = Mode::from_raw_mode(row.mode);
            let done = self.disk.on(path, &mut |directory, name| {
                chmodat(directory, name, mode, AtFlags::empty())
            });
            self.check(path, done)?;
        }
        for (name, value) in &row.xattrs {
            self.xattr(path, name, value)?;
        }
        if self.ownership == Ownership::Noted && (row.uid, row.gid) != (0, 0) {
            let owner = format!("{}:{}", row.uid, row.gid);
            // Links and devices can have no such note; they belong to root then.
            let _ = self.disk.set_xattr(path, OWNER_NOTE, owner.as_bytes());
        }
        let done = self.disk.set_time(path, mtime);
        self.check(path, done)
    }

    fn xattr(&mut self, path: &TreePath, name: &[u8], value: &[u8]) -> Result<(), Error> {
        let shown = String::from_utf8_lossy(name).into_owned();
        if OVERLAY.iter().any(|prefix| name.starts_with(prefix)) {
            self.skip(
                path,
                format!("attribute {shown}, which would mislead overlayfs"),
            );
            return Ok(());
        }
        if self.ownership == Ownership::Mine && !name.starts_with(b"user.") {
            self.skip(path, format!("attribute {shown}, which only root sets"));
            return Ok(());
        }
        match self.disk.set_xattr(path, name, value) {
            Err(source @ (Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP | Errno::INVAL)) => {
                self.skip(path, format!("attribute {shown}: {source}"));
                Ok(())
            }
            Err(source) => Err(self.failed(path, source.into())),
            Ok(()) => Ok(()),
        }
    }

    /// Removes what layers below brought to a path, and the path itself if asked to.
    pub(in crate::tree) fn clear(&mut self, path: &TreePath, itself: bool) -> Result<(), Errno> {
        if itself && !self.own.contains(path) {
            return self.disk.remove(path);
        }
        for name in self.disk.names(path)? {
            let below = path.join(&name).map_err(|_| Errno::NAMETOOLONG)?;
            self.clear(&below, true)?;
        }
        Ok(())
    }

    /// Gives every directory its metadata, the deepest first.
    fn finish(&mut self, table: &DirectoryTable) -> Result<(), Error> {
        for (path, row) in table.iter().rev() {
            if row.link.is_none() {
                let mtime = self.mtimes.get(path).copied().unwrap_or_default();
                self.metadata(path, row, mtime)?;
            }
        }
        Ok(())
    }

    fn skip(&mut self, path: &TreePath, what: String) {
        let path = path.clone();
        self.skipped.push(Skipped { path, what });
    }

    pub(in crate::tree) fn check<T>(
        &self,
        path: &TreePath,
        done: Result<T, Errno>,
    ) -> Result<T, Error> {
        done.map_err(|source| self.failed(path, source.into()))
    }

    pub(in crate::tree) fn failed(&self, path: &TreePath, source: io::Error) -> Error {
        Error::io(
            format!("unpacking {path} into {}", self.into.display()),
            source,
        )
    }
}

/// An entry's metadata as a row has it.
pub(in crate::tree) fn of(entry: &Entry) -> Row {
    Row {
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        link: match &entry.kind {
            EntryKind::Symlink { target } => Some(target.clone()),
            _ => None,
        },
        xattrs: entry.xattrs.clone(),
    }
}
