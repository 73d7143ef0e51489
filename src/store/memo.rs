//! The memo of a store: results that can be computed again, and what they stand on.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use crate::oci::Digest;

use super::file::staged;
use super::steps::{sealed, unsealed};
use super::{Error, Store};

/// Where the memo is.
const MEMO: &str = "memo/sha256";

impl Store {
    /// What the memo has for a key; none when nothing was kept, or it is damaged.
    #[must_use]
    pub fn memo(&self, key: &Digest) -> Option<Vec<u8>> {
        let bytes = self.read_small(&memo_file(key)).ok()??;
        unsealed(bytes)
    }

    /// Keeps a result. It is not brought to the disk first: one that a loss of power tears is none.
    ///
    /// # Errors
    /// The store cannot be written to.
    pub fn put_memo(&self, key: &Digest, bytes: &[u8]) -> Result<(), Error> {
        let place = self.path().join(memo_file(key));
        let folder = self.path().join(MEMO);
        std::fs::create_dir_all(&folder)
            .map_err(Error::io(format!("making {}", folder.display())))?;
        Ok(staged::write_soon(
            &self.temporary(),
            &place,
            "the memo",
            &sealed(bytes),
        )?)
    }

    /// The files that were found or kept through this store so far, relative to it.
    #[must_use]
    pub fn used(&self) -> Vec<String> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().cloned().collect()
    }

    /// The digest of a small file of the store, by its path relative to it.
    #[must_use]
    pub fn file_digest(&self, file: &str) -> Option<Digest> {
        let places = [Some(self.path()), self.beneath.as_deref()];
        let mut places = places.into_iter().flatten();
        let bytes = places.find_map(|place| std::fs::read(place.join(file)).ok())?;
        Some(Digest::of(&bytes))
    }

    /// Whether a blob is here and whole.
    #[must_use]
    pub fn has_blob(&self, digest: &Digest, size: u64) -> bool {
        self.is_sound(digest, size).unwrap_or(false)
    }
}

fn memo_file(key: &Digest) -> PathBuf {
    Path::new(MEMO).join(key.hex())
}
