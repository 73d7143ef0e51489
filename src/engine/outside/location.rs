//! Where blobs are that the store does not have: in registries, layouts and archives.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::engine::error::Error;
use crate::oci::{BlobError, BlobSink as _, BlobSource, Descriptor, Digest, Image};
use crate::registry::{Reference, Registry};
use crate::store::{Layout, Store, read_archive};

/// Where the blobs of an image were last seen; noted in the store, part of no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// Behind an image reference.
    Registry(String),
    /// In a layout, by its absolute path.
    Layout(String),
    /// In an archive, by its absolute path.
    Archive(String),
}

impl Location {
    /// A layout's folder.
    pub(super) fn layout(path: &Path) -> Self {
        Self::Layout(absolute(path))
    }

    /// An archive.
    pub(in crate::engine) fn archive(path: &Path) -> Self {
        Self::Archive(absolute(path))
    }

    fn parse(note: &[u8]) -> Self {
        let text = String::from_utf8_lossy(note).into_owned();
        if let Some(path) = text.strip_prefix("oci-archive:") {
            return Self::Archive(path.to_owned());
        }
        match text.strip_prefix("oci:") {
            Some(path) => Self::Layout(path.to_owned()),
            None => Self::Registry(text),
        }
    }

    fn is_local(&self) -> bool {
        !matches!(self, Self::Registry(_))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => f.write_str(reference),
            Self::Layout(path) => write!(f, "oci:{path}"),
            Self::Archive(path) => write!(f, "oci-archive:{path}"),
        }
    }
}

fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    path.display().to_string()
}

/// Notes where the blobs of an image are; a registry that is noted stays, since folders come and go.
pub(super) fn note_location(store: &Store, image: &Image, place: &Location) -> Result<(), Error> {
    for blob in image.blobs() {
        let digest = digest(&blob)?;
        let noted = store.note("places", &digest)?;
        let stays = noted.is_some_and(|noted| {
            let noted = Location::parse(&noted);
            noted == *place || !noted.is_local()
        });
        if !stays {
            store.put_note("places", &digest, place.to_string().as_bytes())?;
        }
    }
    Ok(())
}

fn digest(blob: &Descriptor) -> Result<Digest, BlobError> {
    let digest = blob.digest().to_string();
    digest
        .parse()
        .map_err(|error| BlobError::Descriptor(format!("{digest}: {error}")))
}

/// A registry's repository of which small documents are kept in the store.
pub(super) struct CachedSource {
    /// The store.
    pub store: Store,
    /// The repository.
    pub remote: Arc<dyn BlobSource>,
}

impl BlobSource for CachedSource {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        if self.store.has(descriptor)? {
            self.store.open(descriptor)
        } else {
            self.remote.open(descriptor)
        }
    }
}

/// The store, and for what it does not have the place where it was last seen.
pub(super) struct KnownSources {
    /// The store.
    pub store: Store,
    /// What reaches registries; none where nothing may be fetched.
    pub registry: Option<Registry>,
}

impl BlobSource for KnownSources {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        if self.store.has(descriptor)? {
            return self.store.open(descriptor);
        }
        let digest = digest(descriptor)?;
        let remote = |error: &dyn fmt::Display| BlobError::Remote(error.to_string());
        let noted = self
            .store
            .note("places", &digest)
            .map_err(|error| remote(&error))?;
        let place = noted.map(|noted| Location::parse(&noted));
        match (place, &self.registry) {
            (Some(Location::Layout(path)), _) => Layout::open(Path::new(&path))
                .map_err(|error| remote(&error))?
                .open(descriptor),
            (Some(Location::Archive(path)), _) => read_archive(Path::new(&path))
                .map_err(|error| remote(&error))?
                .open(descriptor),
            (Some(Location::Registry(reference)), Some(registry)) => {
                let reference = Reference::parse(&reference).map_err(|error| remote(&error))?;
                registry.blobs(&reference).open(descriptor)
            }
            _ => Err(BlobError::Missing {
                digest,
                place: self.store.path().display().to_string(),
            }),
        }
    }
}
