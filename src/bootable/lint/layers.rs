//! What single layers of an image say, which the merged root no longer shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::TreePath;
use crate::tree::{Entry, Whiteout};

/// A folder that an import makes up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Implied {
    /// The folder.
    pub(super) folder: TreePath,
    /// The entry for which it is made up, of which it gets its owner.
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
    /// Folders that an import makes up for it.
    pub(super) implied: Vec<Implied>,
    /// Folders that it changes.
    pub(super) changed: Vec<Changed>,
}

/// A folder of the layer that is being read.
#[derive(Clone, Debug)]
struct Own {
    bits: (u32, u32, u32),
    /// The entry for which an import makes it up; none when the layer says what it is.
    holds: Option<TreePath>,
}

/// The folders of all layers so far, and those of the one that is being read.
#[derive(Debug, Default)]
pub(super) struct Folders {
    lower: BTreeMap<TreePath, (u32, u32, u32)>,
    /// With every folder all folders above it.
    own: BTreeMap<TreePath, Own>,
    /// Paths of lower layers that are gone with all below them.
    gone: BTreeSet<TreePath>,
}

impl Folders {
    /// Takes an entry of the layer in.
    ///
    /// Where the folder above an entry is missing, OSTree makes up all folders above it, and those
    /// too that the layer has said before.
    pub(super) fn entry(&mut self, entry: &Entry) {
        match entry.whiteout() {
            // A folder that is emptied so is made anew.
            Some(Whiteout::Path(path) | Whiteout::Opaque(path)) => {
                self.gone.insert(path);
                return;
            }
            None => {}
        }
        let above = entry.path.parent().filter(|above| !above.is_root());
        if above.is_some_and(|above| !self.own.contains_key(&above)) {
            let made_up = Own {
                bits: (0o755, entry.uid, entry.gid),
                holds: Some(entry.path.clone()),
            };
            let above = std::iter::successors(entry.path.parent(), TreePath::parent);
            for folder in above.filter(|folder| !folder.is_root()) {
                self.own.insert(folder, made_up.clone());
            }
        }
        if entry.is_directory() {
            let own = Own {
                bits: (entry.mode, entry.uid, entry.gid),
                holds: None,
            };
            self.own.insert(entry.path.clone(), own);
        } else if self.lower.contains_key(&entry.path) {
            self.gone.insert(entry.path.clone());
        }
    }

    /// Ends the layer, and gives what it fills and what it changes.
    pub(super) fn finish(&mut self) -> (Vec<Implied>, Vec<Changed>) {
        for gone in std::mem::take(&mut self.gone) {
            let from = self.lower.range(gone.clone()..);
            let below = from.map(|(path, _)| path.clone());
            let below: Vec<TreePath> = below.filter(|path| path.starts_with(&gone)).collect();
            for path in below {
                self.lower.remove(&path);
            }
        }
        let (mut implied, mut changed) = (Vec::new(), Vec::new());
        for (folder, own) in std::mem::take(&mut self.own) {
            match (self.lower.get(&folder), own.holds) {
                (None, holds) => {
                    self.lower.insert(folder.clone(), own.bits);
                    implied.extend(holds.map(|holds| Implied { folder, holds }));
                }
                (Some(was), None) if *was != own.bits => changed.push(Changed {
                    folder,
                    was: *was,
                    is: own.bits,
                }),
                (Some(_), _) => {}
            }
        }
        (implied, changed)
    }
}
