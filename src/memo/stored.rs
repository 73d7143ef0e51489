//! What a result needs of the store, each looked at once in a process.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::oci::Digest;
use crate::store::Store;

/// Kinds of notes that say nothing but what follows from their keys, so that no result changes with them.
const PURE: [&str; 11] = [
    "blobs",
    "configured-scans",
    "configured-skeletons",
    "files",
    "gates",
    "needed",
    "parts",
    "places",
    "records",
    "scanned-tables",
    "tables",
];

/// Files of a store with the digests of their contents.
#[derive(Debug, Serialize, Deserialize)]
struct Files(Vec<(String, Digest)>);

/// What is in a store now, as far as it was needed.
#[derive(Debug)]
pub struct Stored<'a> {
    store: &'a Store,
    lists: BTreeMap<Digest, bool>,
    blobs: BTreeMap<Digest, bool>,
}

impl<'a> Stored<'a> {
    /// Nothing is looked at yet.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self {
            store,
            lists: BTreeMap::new(),
            blobs: BTreeMap::new(),
        }
    }

    /// Keeps a list of what this run read of the store and stands on, and gives its key; none if a part of
    /// it is gone.
    ///
    /// # Errors
    /// The store cannot be written to.
    pub fn keep_list(store: &Store) -> Result<Option<Digest>, crate::store::Error> {
        let mut files = Vec::new();
        for file in store.used() {
            let kind = file.split('/').next().unwrap_or_default();
            if PURE.contains(&kind) {
                continue;
            }
            match store.file_digest(&file) {
                Some(digest) => files.push((file, digest)),
                None => return Ok(None),
            }
        }
        let bytes = serde_json::to_vec(&Files(files)).unwrap_or_default();
        let key = Digest::of(&bytes);
        store.put_memo(&key, &bytes)?;
        Ok(Some(key))
    }

    /// Whether all files of a list are as they were.
    pub(super) fn holds(&mut self, list: &Digest) -> bool {
        let store = self.store;
        *self.lists.entry(*list).or_insert_with(|| {
            let files: Option<Files> = store
                .memo(list)
                .and_then(|bytes| serde_json::from_slice(&bytes).ok());
            files.is_some_and(|files| {
                let mut files = files.0.iter();
                files.all(|(file, digest)| store.file_digest(file).as_ref() == Some(digest))
            })
        })
    }

    /// Whether a blob is there, and whole.
    pub(super) fn has(&mut self, (digest, size): &(Digest, u64)) -> bool {
        let store = self.store;
        let is_there = || store.has_blob(digest, *size);
        *self.blobs.entry(*digest).or_insert_with(is_there)
    }
}
