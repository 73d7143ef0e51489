//! The cache of package files in a store, by digest.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::oci::Digest;
use crate::store::Store;

use super::error::{Error, failed_file};

/// Where a store has package files, by digest.
pub(super) fn cache_of(store: &Store) -> PathBuf {
    store.path().join("cache/packages")
}

/// The folder of package files, by digest.
pub(super) fn cache(store: &Store) -> Result<PathBuf, Error> {
    let cache = cache_of(store);
    fs::create_dir_all(&cache).map_err(failed_file("making", &cache))?;
    Ok(cache)
}

/// Puts a package file into the cache if it is what its digest says.
pub(super) fn keep(file: &Path, sha256: &Digest, cache: &Path) -> Result<(), String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let found = Digest::of(&bytes);
    if found != *sha256 {
        return Err(format!("it has the digest {found}"));
    }
    let mut staged = tempfile::NamedTempFile::new_in(cache).map_err(|error| error.to_string())?;
    staged
        .write_all(&bytes)
        .map_err(|error| error.to_string())?;
    let place = cache.join(sha256.hex());
    let kept = staged.persist(place);
    kept.map(drop).map_err(|error| error.to_string())
}

/// Marks a package file as used now, which prune looks at.
pub(super) fn touch(file: &Path) {
    if let Ok(file) = fs::File::open(file) {
        let now = rustix::fs::Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_NOW,
        };
        let times = rustix::fs::Timestamps {
            last_access: now,
            last_modification: now,
        };
        // In a store that may only be read nothing is pruned either.
        let _ = rustix::fs::futimens(&file, &times);
    }
}
