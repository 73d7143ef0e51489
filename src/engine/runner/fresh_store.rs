//! A store of its own, in which a flavour is built again from nothing.

use std::fs;
use std::os::unix::fs::symlink;

use crate::engine::cache::cache_of;
use crate::engine::error::Error;
use crate::store::Store;

use super::call::Runner;
use super::folder::RunFolder;

/// An empty store in the temporary folder of another; it goes when this is dropped.
///
/// It shares the package files, which are named by their digests and verified again by apt, and
/// nothing else.
#[derive(Debug)]
pub struct FreshStore {
    store: Store,
    _folder: RunFolder,
}

impl FreshStore {
    /// Makes one.
    pub fn new(runner: &Runner, within: &Store) -> Result<Self, Error> {
        let folder = runner.folder(within)?;
        let store = Store::open(&folder.path().join("store"))?;
        let (shared, own) = (cache_of(within), cache_of(&store));
        let made = fs::create_dir_all(&shared)
            .and_then(|()| fs::create_dir_all(own.parent().unwrap_or(&own)))
            .and_then(|()| symlink(std::path::absolute(&shared)?, &own));
        made.map_err(|source| Error::Io {
            doing: format!("making {}", own.display()),
            source,
        })?;
        Ok(Self {
            store,
            _folder: folder,
        })
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}
