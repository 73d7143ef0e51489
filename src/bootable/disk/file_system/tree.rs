//! A folder that becomes a file system: what it takes, and times that do not tell when it was made.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT, utimensat};

use crate::bootable::disk::error::Error;
use crate::bootable::disk::needs::Extent;

/// Size of a block of the file systems, in bytes.
const BLOCK: u64 = 4096;

/// A pass over a folder: measures it, and lowers every time that is later than the image's, or that
/// the work itself made.
#[derive(Debug)]
pub(in crate::bootable::disk) struct Pass {
    epoch: u64,
    since: u64,
    seen: BTreeSet<(u64, u64)>,
    extent: Extent,
}

impl Pass {
    /// `since` is when the work began, in seconds since 1970.
    pub(in crate::bootable::disk) fn new(epoch: u64, since: u64) -> Self {
        Self {
            epoch,
            since,
            seen: BTreeSet::new(),
            extent: Extent::default(),
        }
    }

    /// Goes over a folder with all that it holds, and says what its file system has to hold.
    pub(in crate::bootable::disk) fn over(mut self, folder: &Path) -> Result<Extent, Error> {
        self.visit(folder)?;
        Ok(self.extent)
    }

    fn visit(&mut self, path: &Path) -> Result<(), Error> {
        let failed = |source| Error::io(format!("looking at {}", path.display()))(source);
        let found = path.symlink_metadata().map_err(failed)?;
        // A file with several names is one file.
        if found.nlink() > 1 && !found.is_dir() && !self.seen.insert((found.dev(), found.ino())) {
            return Ok(());
        }
        self.extent.inodes += 1;
        if found.is_dir() {
            for entry in std::fs::read_dir(path).map_err(failed)? {
                self.visit(&entry.map_err(failed)?.path())?;
            }
            self.extent.bytes += BLOCK;
        } else if found.is_file() {
            // By its length alone: how much it takes here depends on this machine's file system.
            self.extent.bytes += found.len().next_multiple_of(BLOCK);
        }
        let modified = u64::try_from(found.mtime()).unwrap_or_default();
        if modified > self.epoch || modified >= self.since {
            self.date(path).map_err(failed)?;
        }
        Ok(())
    }

    fn date(&self, path: &Path) -> std::io::Result<()> {
        let times = Timestamps {
            last_access: Timespec {
                tv_sec: 0,
                tv_nsec: UTIME_OMIT,
            },
            last_modification: Timespec {
                tv_sec: i64::try_from(self.epoch).unwrap_or(i64::MAX),
                tv_nsec: 0,
            },
        };
        Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}
