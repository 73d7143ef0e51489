//! Locks between processes that use one store (`flock`, released with the process).

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, retry_on_intr};

use super::{Error, Store};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Store {
    /// Lets no one prune the store; any number of builds may hold it. Waits for a prune to end.
    pub fn shared(&self) -> Result<Lock, Error> {
        Lock::take(&self.path().join("lock"), FlockOperation::LockShared)
    }

    /// Lets no one build; fails with [`Error::Busy`] while a build holds the store.
    pub fn exclusive(&self) -> Result<Lock, Error> {
        let lock = self.path().join("lock");
        match Lock::take(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Error::Io { source, .. })
                if Errno::from_io_error(&source) == Some(Errno::WOULDBLOCK) =>
            {
                Err(Error::Busy(self.path().to_path_buf()))
            }
            other => other,
        }
    }
}

impl Lock {
    /// Waits until nobody else has the lock; for what is done in a moment.
    pub(super) fn alone(path: &Path) -> Result<Self, Error> {
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
