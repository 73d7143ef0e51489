//! The entries of a layer that is not packed yet, with all that its key is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::action::Input;
use crate::engine::root::KnownFile;
use crate::oci::Digest;
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, Row};

/// An entry of a layer and what it holds.
#[derive(Clone, Debug)]
pub(in crate::engine) struct LayerEntry {
    /// Path, kind and metadata.
    pub entry: Entry,
    /// What a file holds.
    pub content: EntryContent,
}

/// Where the bytes of a file come from.
#[derive(Clone, Debug)]
pub(in crate::engine) enum EntryContent {
    /// It has none.
    None,
    /// They are known.
    Bytes(Arc<[u8]>),
    /// A file of the repository.
    Input(Input),
}

/// The layer that a pure step will be, with all that its key is made of.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct PureStep {
    /// The entries in the order of paths.
    pub entries: BTreeMap<TreePath, LayerEntry>,
    /// Entries in the scratch folders, which are part of no layer.
    pub scratch: BTreeMap<TreePath, LayerEntry>,
    /// The rows of the parent's table that were looked at.
    pub rows: BTreeMap<TreePath, Row>,
    /// The parent's files that were read, by their digest with metadata.
    pub reads: BTreeMap<TreePath, Digest>,
    /// The numbers that names of users and groups have in the parent.
    pub accounts: BTreeMap<String, u32>,
    /// The repository's files that go in.
    pub inputs: BTreeMap<String, Input>,
    /// Directories that the step itself makes.
    pub created: BTreeSet<TreePath>,
    /// What the step removed.
    pub removed: BTreeSet<TreePath>,
}

pub(in crate::engine) fn plain(
    path: &TreePath,
    kind: EntryKind,
    (mode, uid, gid): (u32, u32, u32),
) -> Entry {
    Entry {
        path: path.clone(),
        kind,
        mode,
        uid,
        gid,
        mtime: 0,
        xattrs: BTreeMap::new(),
    }
}

/// The digest of a read file: its bytes and the metadata that the result takes over.
pub(super) fn read_digest(file: &KnownFile) -> Digest {
    let mut meta = format!(
        "{:o} {} {} {}\n",
        file.mode,
        file.uid,
        file.gid,
        Digest::of(&file.bytes)
    );
    for (name, value) in &file.xattrs {
        let line = [Digest::of(name).hex(), Digest::of(value).hex()];
        meta.push_str(&line.join(" "));
        meta.push('\n');
    }
    Digest::of(meta.as_bytes())
}
