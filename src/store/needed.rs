//! What built images need to be found again: steps, notes and documents, listed for prune.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use crate::oci::{Descriptor, Digest, sorted_json};

use super::steps::{NEEDED, unsealed};
use super::{Error, Store};

/// What a run used to build some images.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    /// The images by their tags.
    images: BTreeMap<String, String>,
    /// Files of the store, relative to it.
    files: BTreeSet<String>,
}

impl Store {
    /// Counts a note among what this run needed, though nobody read it.
    pub fn need_note(&self, kind: &str, key: &Digest) {
        self.need(kind, key);
    }

    /// Remembers that the images of some tags need all that was found and kept through this store
    /// so far: as long as one of them is there, a prune leaves it.
    pub fn remember(&self, images: &BTreeMap<String, Digest>) -> Result<(), Error> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let list = List {
            images: images
                .iter()
                .map(|(name, digest)| (name.clone(), digest.to_string()))
                .collect(),
            files: used.clone(),
        };
        drop(used);
        let names: Vec<&String> = list.images.keys().collect();
        let key = Digest::of(&sorted_json(&names));
        let place = self.path().join(NEEDED).join("sha256").join(key.hex());
        if !names.is_empty() && read(&place) != list {
            self.put_note(NEEDED, &key, &sorted_json(&list))?;
        }
        Ok(())
    }

    /// The files of a list, if one of its images is still there.
    pub(super) fn needed(
        &self,
        list: &Path,
        tags: &[(String, Descriptor)],
    ) -> Option<BTreeSet<PathBuf>> {
        let list = read(list);
        let held = |(name, digest): (&String, &String)| {
            let mut tags = tags.iter();
            tags.any(|(tag, root)| tag == name && root.digest().to_string() == *digest)
        };
        let files = list.files.iter().map(|file| self.path().join(file));
        list.images.iter().any(held).then(|| files.collect())
    }
}

/// Reads a list; one that is not there or damaged names nothing.
fn read(file: &Path) -> List {
    let bytes = std::fs::read(file).ok().and_then(unsealed);
    let list = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    list.unwrap_or_default()
}
