//! Locks between processes that use one store (`flock`, released with the process).

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, retry_on_intr};

use crate::store::Error;

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody has the lock alone; any number may share it.
    pub(in crate::store) fn shared(path: &Path) -> Result<Self, Error> {
        Self::take(path, FlockOperation::LockShared)
    }

    /// Takes the lock alone, or fails with [`Error::Busy`] of `store` while somebody has it.
    pub(in crate::store) fn exclusive(path: &Path, store: &Path) -> Result<Self, Error> {
        match Self::take(path, FlockOperation::NonBlockingLockExclusive) {
            Err(Error::Io { source, .. })
                if Errno::from_io_error(&source) == Some(Errno::WOULDBLOCK) =>
            {
                Err(Error::Busy(store.to_path_buf()))
            }
            other => other,
        }
    }

    /// Waits until nobody else has the lock; for what is done in a moment.
    pub(in crate::store) fn alone(path: &Path) -> Result<Self, Error> {
        Self::take(path, FlockOperation::LockExclusive)
    }

    fn take(path: &Path, operation: FlockOperation) -> Result<Self, Error> {
        let doing = || Error::io(format!("locking {}", path.display()));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(doing())?;
        retry_on_intr(|| flock(&file, operation)).map_err(|errno| doing()(errno.into()))?;
        Ok(Self { _file: file })
    }
}
