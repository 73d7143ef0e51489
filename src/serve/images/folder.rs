//! The folder of the cache: blobs by their digests, up to a bound.
//!
//! What comes in has a folder of its own and is moved when it is whole, verified and on the disk, so that a
//! server that was killed left nothing half behind.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, flock, futimens};

use crate::oci::Digest;
use crate::serve::error::Error;

/// Whole blobs.
const BLOBS: &str = "blobs";
/// Blobs that come in.
const INCOMING: &str = "incoming";

/// A folder of blobs, which one server uses at a time.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// How many bytes it may have.
    most: u64,
    kept: Mutex<Kept>,
    _lock: File,
}

#[derive(Debug, Default)]
struct Kept {
    /// The size of each blob, and when it was used, as a number that grows.
    blobs: BTreeMap<Digest, (u64, u64)>,
    /// The size of each blob that comes in.
    incoming: BTreeMap<Digest, u64>,
    uses: u64,
}

impl Kept {
    fn total(&self) -> u64 {
        let whole = self.blobs.values().map(|(size, _)| size);
        whole.chain(self.incoming.values()).sum()
    }

    fn used(&mut self, digest: Digest, size: u64) {
        self.uses += 1;
        self.blobs.insert(digest, (size, self.uses));
    }
}

impl Folder {
    /// Opens a folder, or makes it; what a killed server left half is removed.
    pub(super) fn open(path: &Path, most: u64) -> Result<Self, Error> {
        let failed = || Error::io(format!("opening the cache {}", path.display()));
        for inner in [BLOBS, INCOMING] {
            fs::create_dir_all(path.join(inner)).map_err(failed())?;
        }
        let lock = File::create(path.join("lock")).map_err(failed())?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| Error::CacheInUse(path.to_path_buf()))?;
        for left in path.join(INCOMING).read_dir().map_err(failed())? {
            fs::remove_file(left.map_err(failed())?.path()).map_err(failed())?;
        }
        let mut found: Vec<(SystemTime, Digest, u64)> = Vec::new();
        for entry in path.join(BLOBS).read_dir().map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let about = entry.metadata().map_err(failed())?;
            let name = entry.file_name();
            let digest = name.to_str().map(|hex| format!("sha256:{hex}").parse());
            if let Some(Ok(digest)) = digest.filter(|_| about.is_file()) {
                found.push((about.modified().map_err(failed())?, digest, about.len()));
            }
        }
        found.sort();
        let mut kept = Kept::default();
        for (_, digest, size) in found {
            kept.used(digest, size);
        }
        let folder = Self {
            path: path.to_path_buf(),
            most,
            kept: Mutex::new(kept),
            _lock: lock,
        };
        folder.make_room(&mut folder.kept(), 0).map_err(failed())?;
        Ok(folder)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, inner: &str, digest: &Digest) -> PathBuf {
        self.path.join(inner).join(digest.hex())
    }

    /// How many bytes it may have.
    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// A blob and its size, if it is there.
    pub(super) fn get(&self, digest: &Digest) -> Option<(File, u64)> {
        let mut kept = self.kept();
        let (size, _) = *kept.blobs.get(digest)?;
        let file = File::open(self.place(BLOBS, digest)).ok();
        let file = file.filter(|file| file.metadata().is_ok_and(|about| about.len() == size));
        let Some(file) = file else {
            // Somebody else took it away, or changed it.
            kept.blobs.remove(digest);
            return None;
        };
        kept.used(*digest, size);
        let time = |nanoseconds| Timespec {
            tv_sec: 0,
            tv_nsec: nanoseconds,
        };
        // The order of use survives an end of the server, as well as the file system allows.
        let _ = futimens(
            &file,
            &Timestamps {
                last_access: time(UTIME_OMIT),
                last_modification: time(UTIME_NOW),
            },
        );
        Some((file, size))
    }

    /// Removes what was not used for longest until so many bytes fit.
    fn make_room(&self, kept: &mut Kept, size: u64) -> io::Result<()> {
        while kept.total() + size > self.most {
            let oldest = kept.blobs.iter().min_by_key(|(_, (_, used))| *used);
            let Some(digest) = oldest.map(|(digest, _)| *digest) else {
                return Err(io::ErrorKind::StorageFull.into());
            };
            match fs::remove_file(self.place(BLOBS, &digest)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => kept.blobs.remove(&digest),
            };
        }
        Ok(())
    }

    /// Begins a blob of a size: a new file, which nobody finds by its digest yet.
    pub(super) fn begin(&self, digest: &Digest, size: u64) -> io::Result<File> {
        let mut kept = self.kept();
        self.make_room(&mut kept, size)?;
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(self.place(INCOMING, digest))?;
        kept.incoming.insert(*digest, size);
        Ok(file)
    }

    /// Keeps a blob that came in whole and verified; it is on the disk then.
    pub(super) fn keep(&self, digest: &Digest, file: &File) -> io::Result<()> {
        file.sync_all()?;
        let place = self.place(BLOBS, digest);
        fs::rename(self.place(INCOMING, digest), place)?;
        File::open(self.path.join(BLOBS))?.sync_all()?;
        let mut kept = self.kept();
        if let Some(size) = kept.incoming.remove(digest) {
            kept.used(*digest, size);
        }
        Ok(())
    }

    /// Forgets a blob that did not come in.
    pub(super) fn give_up(&self, digest: &Digest) {
        if self.kept().incoming.remove(digest).is_some() {
            // What stays is removed at the next start.
            let _ = fs::remove_file(self.place(INCOMING, digest));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn put(folder: &Folder, text: &str) -> Digest {
        let digest = Digest::of(text.as_bytes());
        let mut file = folder.begin(&digest, text.len() as u64).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        folder.keep(&digest, &file).unwrap();
        digest
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path(), 10).unwrap();
        let (a, b) = (put(&folder, "aaaa"), put(&folder, "bbbb"));
        assert!(folder.get(&a).is_some());
        let c = put(&folder, "cccc");
        let has = |digest| folder.get(digest).is_some();
        assert_eq!([&a, &b, &c].map(has), [true, false, true]);
        // What comes in has its room already.
        let d = Digest::of(b"dddddddd");
        folder.begin(&d, 8).unwrap();
        assert_eq!([&a, &c].map(has), [false, false]);
        let full = folder.begin(&a, 4).unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        folder.give_up(&d);
        put(&folder, "aaaa");
        assert!(has(&a));
    }

    #[test]
    fn what_a_killed_server_left_is_removed_and_the_rest_is_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path(), 100).unwrap();
        let a = put(&folder, "aaaa");
        let half = Digest::of(b"half");
        folder.begin(&half, 50).unwrap().write_all(b"ha").unwrap();
        let refused = Folder::open(place.path(), 100).unwrap_err();
        assert!(refused.to_string().contains("another server"), "{refused}");
        drop(folder);
        let folder = Folder::open(place.path(), 100).unwrap();
        assert!(folder.get(&a).is_some() && folder.get(&half).is_none());
        let left = place.path().join(INCOMING).read_dir().unwrap();
        assert_eq!(left.count(), 0);
        drop(folder);
        // A smaller bound holds at once.
        let folder = Folder::open(place.path(), 3).unwrap();
        assert!(folder.get(&a).is_none());
    }
}
