//! The cache: what it has, and what it fetches.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::folder::Folder;
use super::incoming::{Failed, Incoming};
use crate::oci::{BlobError, BlobSource as _, Descriptor, Digest, MediaType, descriptor};
use crate::registry::{self, Reference, Registry};
use crate::serve::error::Error;

/// How many blobs come in at the same time.
const AT_ONCE: usize = 32;
/// How many refusals the log has of a minute.
const TOLD: u32 = 20;
/// How many bytes are taken at once.
const TAKEN: usize = 256 << 10;

/// Images of registries, kept in a folder.
#[derive(Clone, Debug)]
pub struct ImageCache {
    folder: Arc<Folder>,
    coming: Arc<Mutex<BTreeMap<Digest, Arc<Incoming>>>>,
    /// How many refusals were told in which minute.
    told: Arc<Mutex<(u64, u32)>>,
}

/// What is wanted, and from where it comes if it is not there.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) registry: Registry,
    pub(super) reference: Reference,
    pub(super) digest: Digest,
    pub(super) is_manifest: bool,
}

/// Where it is.
#[derive(Debug)]
pub(super) enum Found {
    /// In the cache, with its size.
    Kept(File, u64),
    /// It comes in.
    Coming(Arc<Incoming>),
    /// Too many others come in.
    Busy,
}

/// Says what came of a fetch, and whether it is good.
pub(super) type Tell = Box<dyn FnOnce(&str, bool) + Send>;

impl ImageCache {
    /// Opens the folder of a cache, or makes it; it has up to so many bytes.
    ///
    /// # Errors
    /// It cannot be made or read, or another server uses it.
    pub fn open(path: &Path, most: u64) -> Result<Self, Error> {
        Ok(Self {
            folder: Arc::new(Folder::open(path, most)?),
            coming: Arc::default(),
            told: Arc::default(),
        })
    }

    /// Whether one more refusal is told: who asks for many names does not fill the log.
    pub(super) fn tells(&self, now: u64) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 != now / 60 {
            *told = (now / 60, 0);
        }
        told.1 = told.1.saturating_add(1);
        told.1 <= TOLD
    }

    fn coming(&self) -> MutexGuard<'_, BTreeMap<Digest, Arc<Incoming>>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds what is wanted, or begins to fetch it; what comes in already is not fetched again.
    pub(super) fn find(&self, wanted: &Wanted, tell: Tell) -> Found {
        let mut coming = self.coming();
        if let Some(incoming) = coming.get(&wanted.digest) {
            return Found::Coming(incoming.clone());
        }
        if let Some((file, size)) = self.folder.get(&wanted.digest) {
            return Found::Kept(file, size);
        }
        if coming.len() >= AT_ONCE {
            return Found::Busy;
        }
        let incoming = Arc::new(Incoming::new());
        let (cache, wanted, own) = (self.clone(), wanted.clone(), incoming.clone());
        let digest = wanted.digest;
        let started = thread::Builder::new()
            .name("image".to_owned())
            .spawn(move || cache.bring(&wanted, &own, tell));
        if started.is_err() {
            return Found::Busy;
        }
        coming.insert(digest, incoming.clone());
        Found::Coming(incoming)
    }

    /// Fetches a blob, and says what came of it.
    fn bring(&self, wanted: &Wanted, incoming: &Incoming, tell: Tell) {
        let digest = wanted.digest;
        let result = self.fetch(wanted, incoming);
        if result.is_err() {
            self.folder.give_up(&digest);
        }
        let from = &wanted.reference;
        let line = match &result {
            Ok(size) => format!("fetched {digest} of {size} bytes from {from}"),
            Err(Failed::Absent) => format!("refused: {from} does not have {digest}"),
            Err(Failed::TooLarge(why) | Failed::Other(why)) => {
                format!("failed: {digest} of {from}: {why}")
            }
        };
        tell(&line, result.is_ok());
        // Who asks from now on finds it in the folder, or fetches it again.
        self.coming().remove(&digest);
        incoming.ends(result.map(|_| ()));
    }

    fn fetch(&self, wanted: &Wanted, incoming: &Incoming) -> Result<u64, Failed> {
        let Wanted {
            registry, digest, ..
        } = wanted;
        let reference = wanted.reference.with_digest(*digest);
        let about = match wanted.is_manifest {
            true => registry.resolve(&reference).map_err(remote)?,
            false => blob(digest, registry.size(&reference, digest).map_err(remote)?),
        };
        let size = about.size();
        let most = self.folder.most();
        if size > most {
            let why = format!("it has {size} bytes, and the cache may have {most} (--cache-size)");
            return Err(Failed::TooLarge(why));
        }
        let mut source = registry.blobs(&reference).open(&about).map_err(sent)?;
        let file = Arc::new(
            self.folder
                .begin(digest, size)
                .map_err(|error| local(&error))?,
        );
        incoming.begins(file.clone(), size);
        let mut buffer = vec![0; TAKEN];
        loop {
            // Its end comes only where size and digest are right.
            let count = source
                .read(&mut buffer)
                .map_err(|error| Failed::Other(error.to_string()))?;
            if count == 0 {
                break;
            }
            let taken = buffer.get(..count).unwrap_or_default();
            (&*file).write_all(taken).map_err(|error| local(&error))?;
            incoming.grows(count as u64);
        }
        self.folder
            .keep(digest, &file)
            .map_err(|error| local(&error))?;
        Ok(size)
    }
}

fn blob(digest: &Digest, size: u64) -> Descriptor {
    let kind = MediaType::Other("application/octet-stream".to_owned());
    descriptor(kind, digest, size)
}

fn remote(error: registry::Error) -> Failed {
    match error {
        registry::Error::NotFound { .. } => Failed::Absent,
        other => Failed::Other(other.to_string()),
    }
}

fn sent(error: BlobError) -> Failed {
    match error {
        BlobError::Missing { .. } => Failed::Absent,
        other => Failed::Other(other.to_string()),
    }
}

fn local(error: &io::Error) -> Failed {
    let why = match error.kind() {
        io::ErrorKind::StorageFull => "the cache is full".to_owned(),
        _ => format!("the cache cannot be written: {error}"),
    };
    Failed::Other(why)
}
