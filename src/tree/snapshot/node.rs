//! What stands at a path of a snapshot.

use crate::path::TreePath;

use crate::tree::{Entry, EntryKind, Row};

/// What stands at a path that is neither a directory nor a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Permission bits (0o7777).
    pub mode: u32,
    /// Number of the owner.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
    /// What it is.
    pub kind: NodeKind,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A directory.
    Directory,
    /// A symbolic link, with its target as written.
    Link(Vec<u8>),
    /// A regular file.
    File,
    /// A device, a pipe or a socket.
    Special,
}

impl NodeKind {
    /// Tells whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        *self == Self::File
    }
}

/// Why the text of a file that is there is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} could not be read: {why}")]
pub struct Unread {
    /// The file.
    pub path: TreePath,
    /// Why.
    pub why: String,
}

pub(super) fn node_of(entry: &Entry) -> Node {
    Node {
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        kind: match &entry.kind {
            EntryKind::Directory => NodeKind::Directory,
            EntryKind::Symlink { target } => NodeKind::Link(target.clone()),
            EntryKind::File { .. } | EntryKind::Hardlink { .. } => NodeKind::File,
            _ => NodeKind::Special,
        },
    }
}

pub(super) fn node_of_row(row: &Row) -> Node {
    Node {
        mode: row.mode,
        uid: row.uid,
        gid: row.gid,
        kind: match &row.link {
            Some(target) => NodeKind::Link(target.clone()),
            None => NodeKind::Directory,
        },
    }
}
