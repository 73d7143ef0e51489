//! One path of a layer with its metadata, and the names that say that a path is gone.
//!
//! Whiteouts follow OCI image-spec, layer.md, "Representing Changesets".

use std::collections::BTreeMap;

use crate::path::{PathError, TreePath};

/// Prefix of the name of a whiteout.
const WHITEOUT: &[u8] = b".wh.";
/// Name of the whiteout that empties its directory.
const OPAQUE: &[u8] = b".wh..wh..opq";
/// Prefix of the names that AUFS kept for itself; runtimes leave them out.
const AUFS: &[u8] = b".wh..wh.";

/// One path of a layer, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: TreePath,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits, setuid, setgid and sticky included (0o7777).
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// Time of the last change, in seconds since 1970; never before.
    pub mtime: u64,
    /// Extended attributes by full name (`security.capability`).
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Length in bytes.
        size: u64,
    },
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink {
        /// What it points at, as written.
        target: Vec<u8>,
    },
    /// Another name of a file of the same layer or one below.
    Hardlink {
        /// The file.
        target: TreePath,
    },
    /// A character device.
    CharDevice {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
    /// A block device.
    BlockDevice {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    },
    /// A named pipe.
    Fifo,
}

/// What a layer takes away from the layers below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whiteout {
    /// The path and all below it.
    Path(TreePath),
    /// All below the directory, but not the directory.
    Opaque(TreePath),
}

impl Entry {
    /// An entry with an owner of 0:0, an mtime of 0 and no extended attributes.
    #[must_use]
    pub fn new(path: TreePath, kind: EntryKind, mode: u32) -> Self {
        Self {
            path,
            kind,
            mode,
            uid: 0,
            gid: 0,
            mtime: 0,
            xattrs: BTreeMap::new(),
        }
    }

    /// The entry that says that a path is gone; fails for the root and for names that become too long.
    pub fn removal(path: &TreePath) -> Result<Self, PathError> {
        let parent = path
            .parent()
            .ok_or_else(|| PathError::Climbs("/".to_owned()))?;
        let name = [WHITEOUT, path.file_name()].concat();
        let kind = EntryKind::File { size: 0 };
        Ok(Self::new(parent.join(&name)?, kind, 0))
    }

    /// The entry that says that nothing of a directory's former content is left.
    pub fn opaque(directory: &TreePath) -> Result<Self, PathError> {
        let kind = EntryKind::File { size: 0 };
        Ok(Self::new(directory.join(OPAQUE)?, kind, 0))
    }

    /// What the entry takes away, if it is a whiteout.
    #[must_use]
    pub fn whiteout(&self) -> Option<Whiteout> {
        let name = self.path.file_name();
        let parent = self.path.parent()?;
        if name == OPAQUE {
            return Some(Whiteout::Opaque(parent));
        }
        match name.strip_prefix(WHITEOUT)? {
            b"" | b"." | b".." => None,
            name => parent.join(name).ok().map(Whiteout::Path),
        }
    }

    /// Tells whether the entry is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.kind == EntryKind::Directory
    }
}

/// Tells whether a path is of AUFS's own files, which belong to no root.
pub(super) fn is_aufs(path: &TreePath) -> bool {
    path.components()
        .any(|name| name.starts_with(AUFS) && name != OPAQUE)
}

/// Tells whether a path is named as a whiteout of nothing, of its directory or of the one above it.
pub(super) fn is_false_whiteout(path: &TreePath) -> bool {
    matches!(path.file_name(), b".wh." | b".wh.." | b".wh...")
}
