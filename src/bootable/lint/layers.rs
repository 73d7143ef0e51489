//! What single layers of an image say, which the merged root no longer shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::TreePath;
use crate::tree::Entry;

/// A folder that a layer fills without having it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Implied {
    /// The folder.
    pub(super) folder: TreePath,
    /// Something in it, of which it gets its owner.
    pub(super) holds: TreePath,
}

/// A folder to which a layer gives other bits or owners than a layer below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// The folder.
    pub(super) folder: TreePath,
    /// Mode, user and group in the lowest layer that has it.
    pub(super) was: (u32, u32, u32),
    /// Mode, user and group in this layer.
    pub(super) is: (u32, u32, u32),
}

/// What is known of one layer.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerFacts {
    /// Its digest.
    pub(super) digest: String,
    /// Frames of zstd; none for other layers.
    pub(super) frames: Option<u64>,
    /// Folders that it fills without having them.
    pub(super) implied: Vec<Implied>,
    /// Folders that it changes.
    pub(super) changed: Vec<Changed>,
}

/// The folders of all layers so far, and those of the one that is being read.
#[derive(Debug, Default)]
pub(super) struct Folders {
    lower: BTreeMap<TreePath, (u32, u32, u32)>,
    own: BTreeMap<TreePath, (u32, u32, u32)>,
    /// Parents of entries, each with the first entry in it.
    parents: BTreeMap<TreePath, TreePath>,
    /// Paths that are no folder any more.
    gone: BTreeSet<TreePath>,
}

impl Folders {
    /// Takes an entry of the layer in.
    pub(super) fn entry(&mut self, entry: &Entry) {
        if entry.whiteout().is_some() {
            return;
        }
        match entry.is_directory() {
            true => {
                let bits = (entry.mode, entry.uid, entry.gid);
                self.own.insert(entry.path.clone(), bits);
            }
            false => {
                self.gone.insert(entry.path.clone());
            }
        }
        let mut child = entry.path.clone();
        while let Some(parent) = child.parent().filter(|parent| !parent.is_root()) {
            if self.parents.contains_key(&parent) {
                break;
            }
            self.parents.insert(parent.clone(), child);
            child = parent;
        }
    }

    /// Ends the layer, and gives what it fills and what it changes.
    pub(super) fn finish(&mut self) -> (Vec<Implied>, Vec<Changed>) {
        let own = std::mem::take(&mut self.own);
        let parents = std::mem::take(&mut self.parents);
        for path in std::mem::take(&mut self.gone) {
            self.lower.remove(&path);
        }
        let missing = parents
            .into_iter()
            .filter(|(folder, _)| !own.contains_key(folder) && !self.lower.contains_key(folder));
        let implied: Vec<Implied> = missing
            .map(|(folder, holds)| Implied { folder, holds })
            .collect();
        let mut changed = Vec::new();
        for (folder, is) in own {
            match self.lower.get(&folder) {
                Some(was) if *was != is => changed.push(Changed {
                    folder,
                    was: *was,
                    is,
                }),
                Some(_) => {}
                None => {
                    self.lower.insert(folder, is);
                }
            }
        }
        // Named once, by the lowest layer that fills them.
        for one in &implied {
            self.lower.insert(one.folder.clone(), (0o755, 0, 0));
        }
        (implied, changed)
    }
}
