//! The store itself and its blobs.
//!
//! A blob is written to `tmp/`, verified, synced and renamed, so whatever is in `blobs/` is whole.
//! Directories are synced when a tag is set, which is what makes an image count. A stored blob has
//! the time of 1970: one that was written to since is digested again before it counts as here.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::oci::{BlobError, BlobSink, BlobSource, Descriptor, Digest, MediaType, descriptor};
use crate::tree::{Codec, LayerWriter, Packed};

use super::Error;
use super::file::Staged;
use super::file::staged;
use super::layout::{digest_of, place_of, stage};

/// A store in a directory of its own.
///
/// ```text
/// oci-layout  index.json  blobs/sha256/   an OCI image layout
/// steps/sha256/                           key of a step → its layer
/// <kind>/sha256/                          notes: small cached bytes
/// tmp/  damaged/                          blobs not yet and no longer good
/// format  lock  index.lock
/// ```
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) root: PathBuf,
    /// A store that may only be read, in which is looked for what this one does not have.
    pub(super) beneath: Option<PathBuf>,
    /// The folder of a store that is gone in the end.
    pub(super) scratch: Option<Arc<TempDir>>,
    /// The files that were found or kept, relative to the store.
    pub(super) used: Arc<Mutex<BTreeSet<String>>>,
}

impl Store {
    /// Where the store is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Packs a layer with a closure that appends its entries, and keeps it.
    pub fn pack<E: From<Error>>(
        &self,
        codec: Codec,
        fill: impl FnOnce(&mut LayerWriter<Staged>) -> Result<(), E>,
    ) -> Result<Packed, E> {
        let staged = Staged::new(&self.temporary(), "a layer").map_err(Error::from)?;
        let mut writer = LayerWriter::new(staged, codec).map_err(Error::from)?;
        fill(&mut writer)?;
        let (staged, packed) = writer.finish().map_err(Error::from)?;
        if !self
            .is_sound(&packed.digest, packed.size)
            .map_err(Error::from)?
        {
            let place = place_of(&self.root, &packed.digest);
            staged.seal().map_err(Error::from)?;
            staged.commit(&place).map_err(Error::from)?;
        }
        Ok(packed)
    }

    /// Keeps a manifest, index or config and describes it.
    pub fn put_document(&self, media_type: MediaType, bytes: &[u8]) -> Result<Descriptor, Error> {
        let digest = Digest::of(bytes);
        let size = bytes.len() as u64;
        if !self.is_sound(&digest, size)? {
            let mut staged = Staged::new(&self.temporary(), "a document")?;
            let place = place_of(&self.root, &digest);
            let failed = |source| BlobError::Io {
                doing: format!("writing {}", place.display()),
                source,
            };
            staged.write_all(bytes).map_err(failed)?;
            staged.seal()?;
            staged.commit(&place)?;
        }
        self.need("blobs", &digest);
        Ok(descriptor(media_type, &digest, size))
    }

    /// Digests every blob again, moves the damaged ones aside and names them.
    pub fn check(&self) -> Result<Vec<Digest>, Error> {
        let mut damaged = Vec::new();
        for (digest, size) in self.list()? {
            let wanted = descriptor(MediaType::Other(String::new()), &digest, size);
            let mut blob = BlobSource::open(self, &wanted)?;
            match io::copy(&mut blob, &mut io::sink()) {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => damaged.push(digest),
                other => {
                    other.map_err(Error::io(format!("reading blob {digest}")))?;
                }
            }
        }
        Ok(damaged)
    }

    /// Every blob with its size.
    pub(super) fn list(&self) -> Result<Vec<(Digest, u64)>, Error> {
        let directory = self.root.join("blobs/sha256");
        let doing = || Error::io(format!("listing {}", directory.display()));
        let mut blobs = Vec::new();
        for file in std::fs::read_dir(&directory).map_err(doing())? {
            let file = file.map_err(doing())?;
            let name = file.file_name();
            let digest = format!("sha256:{}", name.to_string_lossy()).parse();
            if let Ok(digest) = digest {
                blobs.push((digest, file.metadata().map_err(doing())?.len()));
            }
        }
        blobs.sort_unstable();
        Ok(blobs)
    }

    /// Where a blob is, if it is here.
    #[must_use]
    pub fn blob(&self, digest: &Digest) -> PathBuf {
        place_of(self.holder(digest), digest)
    }

    /// The store that has a blob; this one, if none has.
    fn holder(&self, digest: &Digest) -> &Path {
        match &self.beneath {
            Some(beneath) if !place_of(&self.root, digest).exists() => beneath,
            _ => &self.root,
        }
    }

    /// Counts a file of the store among what this run needed.
    pub(super) fn need(&self, folder: &str, key: &Digest) {
        let file = format!("{folder}/sha256/{}", key.hex());
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(file);
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Tells whether a blob is here and whole; a damaged one is moved aside.
    ///
    /// Only one that was written to since it was stored is read for that.
    pub(super) fn is_sound(&self, digest: &Digest, size: u64) -> Result<bool, BlobError> {
        let place = self.blob(digest);
        let doing = || format!("looking at {}", place.display());
        match std::fs::metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => {
                return Err(BlobError::Io {
                    doing: doing(),
                    source,
                });
            }
            Ok(metadata) if metadata.len() != size => return Ok(false),
            Ok(metadata) if staged::is_sealed(&metadata) => return Ok(true),
            Ok(_) => {}
        }
        let wanted = descriptor(MediaType::Other(String::new()), digest, size);
        match io::copy(&mut BlobSource::open(self, &wanted)?, &mut io::sink()) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(false),
            other => other.map_err(|source| BlobError::Io {
                doing: doing(),
                source,
            })?,
        };
        // In a store that may only be read the blob is digested again the next time.
        let _ = File::open(&place).and_then(|file| staged::seal(&file));
        Ok(true)
    }
}

impl BlobSource for Store {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let holder = self.holder(&digest_of(descriptor)?);
        let mut blob = super::layout::open(holder, descriptor)?;
        if is_document(descriptor.media_type()) {
            self.need("blobs", &blob.digest);
        }
        let aside = self.root.join("damaged").join(blob.digest.hex());
        blob.aside = (holder == self.root).then(|| (self.blob(&blob.digest), aside));
        Ok(Box::new(blob))
    }
}

impl BlobSink for Store {
    fn has(&self, descriptor: &Descriptor) -> Result<bool, BlobError> {
        self.is_sound(&digest_of(descriptor)?, descriptor.size())
    }

    fn put(&self, descriptor: &Descriptor, blob: &mut dyn Read) -> Result<(), BlobError> {
        if self.has(descriptor)? {
            return Ok(());
        }
        let staged = stage(&self.root, &self.temporary(), descriptor, blob)?;
        staged.seal()?;
        staged.commit(&place_of(&self.root, &digest_of(descriptor)?))
    }
}

/// Tells documents of images, which are small, from layers.
fn is_document(media_type: &MediaType) -> bool {
    let name = media_type.to_string();
    [
        ".manifest.",
        ".index.",
        ".manifest.list.",
        ".config.",
        ".container.image.",
    ]
    .iter()
    .any(|part| name.contains(part))
}
