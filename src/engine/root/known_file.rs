//! A regular file of which everything is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, ViewFile};

/// A regular file as far as its bytes and metadata are known.
#[derive(Clone, Debug)]
pub(in crate::engine) struct KnownFile {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Permission bits.
    pub mode: u32,
    /// Owning user.
    pub uid: u32,
    /// Owning group.
    pub gid: u32,
    /// Extended attributes.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl KnownFile {
    /// The file as it stands at a path.
    pub(super) fn at(self, path: &TreePath) -> ViewFile {
        let size = self.bytes.len() as u64;
        let mut entry = Entry::new(path.clone(), EntryKind::File { size }, self.mode);
        (entry.uid, entry.gid) = (self.uid, self.gid);
        entry.xattrs = self.xattrs;
        let bytes = self.bytes.to_vec();
        ViewFile { entry, bytes }
    }
}

impl From<ViewFile> for KnownFile {
    fn from(file: ViewFile) -> Self {
        Self {
            bytes: file.bytes.into(),
            mode: file.entry.mode,
            uid: file.entry.uid,
            gid: file.entry.gid,
            xattrs: file.entry.xattrs,
        }
    }
}
