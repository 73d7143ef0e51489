//! The folder of a run, and what dead builds left of such folders.

use super::call::Runner;
use crate::engine::error::Error;
use crate::sandbox::forget_group;
use crate::store::Store;
use rustix::fs::{FlockOperation, flock};
use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Prefix of the folders of runs, below `tmp` of the store.
const PREFIX: &str = "run-";

/// Folders of runs that no process holds any more.
pub(super) fn stale(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let is_stale = |path: &PathBuf| {
        let Ok(lock) = File::open(path.join("lock")) else {
            return false;
        };
        flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok()
    };
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        .filter(is_stale)
        .collect()
}

/// The folder of a run, which goes with it.
#[derive(Debug)]
pub(in crate::engine) struct RunFolder {
    path: PathBuf,
    runner: Runner,
    _lock: File,
    _active: crate::sandbox::Active,
}

impl RunFolder {
    fn make(place: &Path, runner: &Runner) -> Result<Self, Error> {
        let failed = |source| Error::Io {
            doing: format!("making a folder in {}", place.display()),
            source,
        };
        // It gets the name that others look for when it is locked, so no other build takes it for left over.
        let unlocked = tempfile::Builder::new()
            .prefix("new-")
            .tempdir_in(place)
            .map_err(failed)?
            .keep();
        let lock = File::create(unlocked.join("lock")).map_err(failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| failed(error.into()))?;
        let name = unlocked.file_name().unwrap_or_default().to_string_lossy();
        let path = place.join(format!("{PREFIX}{name}"));
        fs::rename(&unlocked, &path).map_err(failed)?;
        Ok(Self {
            path,
            runner: runner.clone(),
            _lock: lock,
            _active: runner.stop.active(),
        })
    }

    /// Where it is.
    pub(in crate::engine) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        forget_group(&self.path.join("memory"));
        // As root, and where nothing belongs to others, it goes without a helper.
        if fs::remove_dir_all(&self.path).is_err() {
            // The next build finds it unlocked and tries again.
            let _ = self.runner.remove(vec![self.path.clone()]);
        }
    }
}

impl Runner {
    /// Makes the folder of a run, and removes those that dead builds left.
    pub(in crate::engine) fn folder(&self, store: &Store) -> Result<RunFolder, Error> {
        let place = store.path().join("tmp");
        let stale = stale(&place);
        if !stale.is_empty() {
            // Another build may be at it too; what is left then is found again.
            let _ = self.remove(stale);
        }
        RunFolder::make(&place, self)
    }
}
