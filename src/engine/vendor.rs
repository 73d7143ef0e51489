//! Packages and bases kept as an OCI artifact, for the day when the archives have others.
//!
//! The artifact is a manifest of type [`TYPE`] with the empty config; every package file and every
//! base is one blob of it, named like a file in `org.opencontainers.image.title`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::oci::{
    BlobError, BlobSource, Descriptor, Digest, Document, Image, MediaType, PlatformImage,
    descriptor, manifest, sorted_json,
};
use crate::package::Resolved;
use crate::store::Store;

use super::error::{Error, RunError};
use super::locked::Locking;
use super::packages::{cache_of, keep};
use super::target::Found;

/// The type of the artifact.
const TYPE: &str = "application/vnd.terroir.packages.v1";
/// The type of a package file.
const PACKAGE: &str = "application/vnd.debian.binary-package";
/// The annotation with the file name of a blob.
const TITLE: &str = "org.opencontainers.image.title";
/// The annotation with the diff ID of a base.
const DIFF_ID: &str = "io.terroir.diff-id";
/// The config of an artifact without one (OCI image-spec, manifest.md).
const EMPTY: &[u8] = b"{}";
/// Most blobs that one artifact keeps; readers of manifests stop there.
const MOST: usize = 4096;

/// Packages and bases that somebody kept.
pub(super) struct Vendored {
    place: String,
    packages: BTreeMap<Digest, Descriptor>,
    layers: BTreeMap<Digest, Descriptor>,
    blobs: Arc<dyn BlobSource>,
}

impl std::fmt::Debug for Vendored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vendored({})", self.place)
    }
}

impl Vendored {
    /// Reads what an artifact keeps.
    pub(super) fn read(place: &str, (image, blobs): Found) -> Result<Self, Error> {
        let refuse = |why: &str| Error::Vendor {
            place: place.to_owned(),
            why: why.to_owned(),
        };
        let [only] = image.platforms.as_slice() else {
            return Err(refuse("it is an image"));
        };
        let kind = only
            .manifest
            .artifact_type()
            .as_ref()
            .map(MediaType::as_ref);
        if kind != Some(TYPE) {
            return Err(refuse("it is another kind of artifact, or an image"));
        }
        let (mut packages, mut layers) = (BTreeMap::new(), BTreeMap::new());
        for blob in only.manifest.layers() {
            let stated = blob.annotations().as_ref();
            let base = stated.and_then(|all| all.get(DIFF_ID)?.parse().ok());
            let own = blob.digest().to_string().parse::<Digest>();
            match (base, own) {
                (Some(base), _) => drop(layers.insert(base, blob.clone())),
                (None, Ok(own)) => drop(packages.insert(own, blob.clone())),
                (None, Err(_)) => {}
            }
        }
        Ok(Self {
            place: place.to_owned(),
            packages,
            layers,
            blobs,
        })
    }

    /// The layer of a base, by its diff ID.
    pub(super) fn layer(&self, diff_id: &Digest) -> Option<(&Descriptor, &dyn BlobSource)> {
        let layer = self.layers.get(diff_id)?;
        Some((layer, self.blobs.as_ref()))
    }

    /// Puts a package into the cache, if it is kept.
    pub(super) fn take(&self, package: &Resolved, cache: &Path) -> Result<(), Error> {
        let Some(blob) = self.packages.get(&package.sha256) else {
            return Ok(());
        };
        let failed = |doing: String| move |source| Error::Io { doing, source };
        let mut staged = tempfile::NamedTempFile::new_in(cache)
            .map_err(failed(format!("writing to {}", cache.display())))?;
        std::io::copy(&mut self.blobs.open(blob)?, &mut staged).map_err(failed(format!(
            "fetching {} from {}",
            package.name, self.place
        )))?;
        keep(staged.path(), &package.sha256, cache).map_err(|why| {
            RunError::Package {
                name: package.name.clone(),
                why,
            }
            .into()
        })
    }
}

/// An artifact that is about to be written, and where its blobs are.
pub struct Parcel {
    /// The artifact.
    pub image: Image,
    /// How many packages it keeps.
    pub packages: usize,
    /// How many bases it keeps.
    pub bases: usize,
    cache: PathBuf,
    store: Store,
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parcel({})", self.image.root.descriptor.digest())
    }
}

impl BlobSource for Parcel {
    fn open(&self, wanted: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let digest: Digest = wanted
            .digest()
            .to_string()
            .parse()
            .map_err(|error| BlobError::Descriptor(format!("{error}")))?;
        if digest == Digest::of(EMPTY) {
            return Ok(Box::new(Cursor::new(EMPTY)));
        }
        // Whoever takes a blob in verifies it.
        match File::open(self.cache.join(digest.hex())) {
            Ok(file) => Ok(Box::new(file)),
            Err(_) => self.store.open(wanted),
        }
    }
}

/// Makes an artifact of all that a lock names; its packages have been fetched before.
pub fn parcel(locking: &Locking, store: &Store) -> Result<Parcel, Error> {
    let cache = cache_of(store);
    let lock = locking.used();
    let mut blobs: BTreeMap<(String, Digest), Descriptor> = BTreeMap::new();
    for (name, layer) in locking.layers() {
        let digest: Digest = layer
            .digest()
            .to_string()
            .parse()
            .map_err(|error| BlobError::Descriptor(format!("{error}")))?;
        let (base, platform) = name.rsplit_once(' ').unwrap_or((&name, ""));
        let diff_id = lock
            .bootstraps
            .get(base)
            .and_then(|platforms| platforms.get(platform))
            .map(|locked| locked.layer.to_string());
        let ending = layer.media_type().to_string();
        let ending = ending.rsplit(['.', '+']).next().unwrap_or("tar").to_owned();
        let title = format!("{}.tar.{ending}", name.replace([' ', '/'], "-"));
        let mut blob = layer.clone();
        annotate(&mut blob, TITLE, &title);
        annotate(&mut blob, DIFF_ID, &diff_id.unwrap_or_default());
        blobs.insert((title, digest), blob);
    }
    let bases = blobs.len();
    let all = lock.packages.values().flat_map(BTreeMap::values);
    let all = all.flat_map(BTreeMap::values);
    for package in all.flat_map(|one| &one.resolution.packages) {
        if package.url.is_empty() {
            continue;
        }
        let place = cache.join(package.sha256.hex());
        let metadata = fs::metadata(&place).map_err(|source| Error::Io {
            doing: format!("reading {}", place.display()),
            source,
        })?;
        let kind = MediaType::Other(PACKAGE.to_owned());
        let mut blob = descriptor(kind, &package.sha256, metadata.len());
        annotate(&mut blob, TITLE, &package.file_name());
        blobs.insert((package.file_name(), package.sha256), blob);
    }
    if blobs.len() > MOST {
        return Err(Error::Vendor {
            place: "the artifact".to_owned(),
            why: format!("there would be {} of them, {MOST} fit", blobs.len()),
        });
    }
    let packages = blobs.len() - bases;
    Ok(Parcel {
        image: artifact(blobs.into_values().collect()),
        packages,
        bases,
        cache,
        store: store.clone(),
    })
}

fn annotate(blob: &mut Descriptor, key: &str, value: &str) {
    let mut annotations = blob.annotations().clone().unwrap_or_default();
    annotations.insert(key.to_owned(), value.to_owned());
    blob.set_annotations(Some(annotations));
}

fn artifact(blobs: Vec<Descriptor>) -> Image {
    let kind = MediaType::Other(TYPE.to_owned());
    let config = descriptor(MediaType::EmptyJSON, &Digest::of(EMPTY), EMPTY.len() as u64);
    let mut manifest = manifest(config, blobs, []);
    manifest.set_artifact_type(Some(kind));
    let bytes = sorted_json(&manifest);
    let descriptor = descriptor(
        MediaType::ImageManifest,
        &Digest::of(&bytes),
        bytes.len() as u64,
    );
    let document = Document { descriptor, bytes };
    Image {
        root: document.clone(),
        platforms: vec![PlatformImage::new(document, manifest)],
    }
}
