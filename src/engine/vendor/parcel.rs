//! The artifact that is made of all that a lock names.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::PathBuf;

use crate::engine::cache::cache_of;
use crate::engine::error::Error;
use crate::engine::lock::Locking;
use crate::oci::{
    BlobError, BlobSource, Descriptor, Digest, Document, EMPTY_CONFIG, Image, MediaType,
    PlatformImage, descriptor, empty_config, manifest, sorted_json,
};
use crate::store::Store;

use super::vendored::{DIFF_ID, TYPE};

/// The type of a package file.
const PACKAGE: &str = "application/vnd.debian.binary-package";

/// The annotation with the file name of a blob.
const TITLE: &str = "org.opencontainers.image.title";

/// Most blobs that one artifact keeps; readers of manifests stop there.
const MOST: usize = 4096;

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
        if digest == Digest::of(EMPTY_CONFIG) {
            return Ok(Box::new(Cursor::new(EMPTY_CONFIG)));
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
    let mut manifest = manifest(empty_config(), blobs, []);
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
