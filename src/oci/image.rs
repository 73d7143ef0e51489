//! A whole image: its index, the manifests below it, and the blobs they name.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::blob::{BlobError, BlobSource, MAX_DOCUMENT};
use super::document::parse_platform;
use super::{Descriptor, ImageManifest, MediaType, Platform, parse_index, parse_manifest};

/// Most platforms that an index may name before it is refused as hostile.
const MAX_PLATFORMS: usize = 64;

/// A document together with the descriptor that names it; the bytes are kept as they were written.
#[derive(Clone, Debug)]
pub struct Document {
    /// Names the bytes.
    pub descriptor: Descriptor,
    /// Exactly what was read or will be written.
    pub bytes: Vec<u8>,
}

/// One platform of an image.
#[derive(Clone, Debug)]
pub struct PlatformImage {
    /// The manifest as written.
    pub document: Document,
    /// The manifest as read.
    pub manifest: ImageManifest,
    /// The config as written, once it was read.
    config: OnceLock<Vec<u8>>,
}

/// An image for one or several platforms.
#[derive(Clone, Debug)]
pub struct Image {
    /// The index, or the only manifest of an image that has no index.
    pub root: Document,
    /// The platforms' images.
    pub platforms: Vec<PlatformImage>,
}

impl PlatformImage {
    /// An image by its manifest, as written and as read.
    #[must_use]
    pub fn new(document: Document, manifest: ImageManifest) -> Self {
        Self {
            document,
            manifest,
            config: OnceLock::new(),
        }
    }

    /// The config as written, which is read once.
    pub fn config(&self, source: &dyn BlobSource) -> Result<&[u8], BlobError> {
        if self.config.get().is_none() {
            let config = source.read(self.manifest.config(), MAX_DOCUMENT)?;
            // Another thread may have been first; it read the same bytes.
            let _ = self.config.set(config);
        }
        Ok(self.config.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// The platform by the index, else by the config; none when neither says it.
    pub fn platform(&self, source: &dyn BlobSource) -> Result<Option<Platform>, BlobError> {
        match self.document.descriptor.platform() {
            Some(said) => Ok(Some(said.clone())),
            None => self.of_config(source),
        }
    }

    fn of_config(&self, source: &dyn BlobSource) -> Result<Option<Platform>, BlobError> {
        let config = self.config(source)?;
        let config: Value = serde_json::from_slice(config).map_err(|error| {
            let digest = self.manifest.config().digest();
            BlobError::Descriptor(format!("the config {digest} is not JSON: {error}"))
        })?;
        Ok(config_platform(&config))
    }
}

/// The platform that a config states (OCI image-spec, config.md); none when it states none.
#[must_use]
pub fn config_platform(config: &Value) -> Option<Platform> {
    let text = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
    // What other programs write for them, as containerd reads it.
    let architecture = match text("architecture") {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" => "386",
        other => other,
    };
    let variant = text("variant");
    let name = match variant {
        "" => format!("{}/{architecture}", text("os")),
        variant => format!("{}/{architecture}/{variant}", text("os")),
    };
    parse_platform(&name)
}

/// Tells whether an image whose config states one platform can be taken for another: a variant that
/// one of them leaves out may be any.
#[must_use]
pub fn serves(said: &Platform, wanted: &Platform) -> bool {
    is_same(said, wanted)
        && (said.variant() == wanted.variant()
            || said.variant().is_none()
            || wanted.variant().is_none())
}

fn is_same(one: &Platform, other: &Platform) -> bool {
    one.os() == other.os() && one.architecture() == other.architecture()
}

impl Image {
    /// Reads index and manifests from wherever the root descriptor is known; no layer is touched.
    ///
    /// Attestation manifests (platform `unknown/unknown`) are left out of `platforms`.
    pub fn load(source: &dyn BlobSource, root: &Descriptor) -> Result<Self, BlobError> {
        let invalid = |error: super::DocumentError| BlobError::Descriptor(error.to_string());
        let document = |descriptor: &Descriptor| -> Result<Document, BlobError> {
            Ok(Document {
                descriptor: descriptor.clone(),
                bytes: source.read(descriptor, MAX_DOCUMENT)?,
            })
        };
        let platform = |document: Document| -> Result<PlatformImage, BlobError> {
            let manifest = parse_manifest(&document.bytes).map_err(invalid)?;
            Ok(PlatformImage::new(document, manifest))
        };
        let root = document(root)?;
        if !is_index(root.descriptor.media_type()) {
            return Ok(Self {
                platforms: vec![platform(root.clone())?],
                root,
            });
        }
        let index = parse_index(&root.bytes).map_err(invalid)?;
        if index.manifests().len() > MAX_PLATFORMS {
            let why = format!(
                "the index names {} manifests, at most {MAX_PLATFORMS} are read",
                index.manifests().len()
            );
            return Err(BlobError::Descriptor(why));
        }
        let platforms = index
            .manifests()
            .iter()
            .filter(|one| {
                one.platform()
                    .as_ref()
                    .is_none_or(|platform| platform.os().to_string() != "unknown")
            })
            .map(|one| platform(document(one)?))
            .collect::<Result<_, _>>()?;
        Ok(Self { root, platforms })
    }

    /// The image for a platform: by what the index says, else by what the config says.
    pub fn platform(
        &self,
        wanted: &Platform,
        source: &dyn BlobSource,
    ) -> Result<Option<&PlatformImage>, BlobError> {
        for image in &self.platforms {
            let fits = match image.document.descriptor.platform() {
                Some(said) => {
                    is_same(said, wanted)
                        && (said.variant() == wanted.variant() || wanted.variant().is_none())
                }
                None => image
                    .of_config(source)?
                    .is_some_and(|said| serves(&said, wanted)),
            };
            if fits {
                return Ok(Some(image));
            }
        }
        Ok(None)
    }

    /// Every config and layer once, in the order of platforms and layers.
    #[must_use]
    pub fn blobs(&self) -> Vec<Descriptor> {
        let mut seen = BTreeMap::new();
        let mut blobs = Vec::new();
        for image in &self.platforms {
            for blob in std::iter::once(image.manifest.config()).chain(image.manifest.layers()) {
                if seen.insert(blob.digest().to_string(), ()).is_none() {
                    blobs.push(blob.clone());
                }
            }
        }
        blobs
    }
}

/// Tells whether a media type is that of an index (OCI image index or Docker manifest list).
#[must_use]
pub fn is_index(media_type: &MediaType) -> bool {
    match media_type {
        MediaType::ImageIndex => true,
        MediaType::Other(name) => {
            name == "application/vnd.docker.distribution.manifest.list.v2+json"
        }
        _ => false,
    }
}
