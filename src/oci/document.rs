//! Manifests, indexes and descriptors: reading what others wrote, writing sorted bytes.

use oci_spec::image::{
    Arch, DescriptorBuilder, ImageIndexBuilder, ImageManifestBuilder, MediaType, Os,
    PlatformBuilder, SCHEMA_VERSION,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Descriptor, Digest, ImageIndex, ImageManifest, Platform};

/// Annotation that names an image inside a layout (OCI image-spec, annotations.md).
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// Most layers that a manifest may have before it is refused as hostile.
const MAX_LAYERS: usize = 4096;

/// Why a document of an image is refused.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not the JSON that it should be.
    #[error("the {what} is not valid: {source}")]
    Json {
        /// `manifest`, `index` or `config`.
        what: &'static str,
        /// What serde said.
        #[source]
        source: serde_json::Error,
    },
    /// Valid JSON that says what cannot be.
    #[error("the {what} is not valid: {why}")]
    Value {
        /// `manifest`, `index` or `config`.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Serialises with sorted keys, compact: the only form in which terroir writes JSON that is digested.
///
/// The types of the specification hold unordered maps, so the way goes through [`serde_json::Value`],
/// whose objects are sorted as long as nothing turns `preserve_order` on.
#[must_use]
pub fn sorted_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_value(value)
        .and_then(|value| serde_json::to_vec(&value))
        .expect("documents have text keys and finite numbers")
}

fn parse<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, DocumentError> {
    serde_json::from_slice(bytes).map_err(|source| DocumentError::Json { what, source })
}

/// Checks that a descriptor's digest is one that terroir can verify.
fn check_digest(what: &'static str, descriptor: &Descriptor) -> Result<(), DocumentError> {
    let digest = descriptor.digest().to_string();
    digest
        .parse::<Digest>()
        .map(|_| ())
        .map_err(|error| DocumentError::Value {
            what,
            why: error.to_string(),
        })
}

/// Reads an image manifest and refuses what no registry would serve.
pub fn parse_manifest(bytes: &[u8]) -> Result<ImageManifest, DocumentError> {
    let manifest: ImageManifest = parse("manifest", bytes)?;
    if manifest.layers().len() > MAX_LAYERS {
        let why = format!(
            "it has {} layers, at most {MAX_LAYERS} are read",
            manifest.layers().len()
        );
        return Err(DocumentError::Value {
            what: "manifest",
            why,
        });
    }
    std::iter::once(manifest.config())
        .chain(manifest.layers())
        .try_for_each(|one| check_digest("manifest", one))?;
    Ok(manifest)
}

/// Reads an image index.
pub fn parse_index(bytes: &[u8]) -> Result<ImageIndex, DocumentError> {
    let index: ImageIndex = parse("index", bytes)?;
    index
        .manifests()
        .iter()
        .try_for_each(|one| check_digest("index", one))?;
    Ok(index)
}

/// Describes a blob.
#[must_use]
pub fn descriptor(media_type: MediaType, digest: &Digest, size: u64) -> Descriptor {
    DescriptorBuilder::default()
        .media_type(media_type)
        .digest(
            digest
                .to_string()
                .parse::<oci_spec::image::Digest>()
                .expect("a sha256 digest is valid"),
        )
        .size(size)
        .build()
        .expect("all that a descriptor needs was given")
}

/// The type that the specification's builders take; [`sorted_json`] puts it in order when writing.
#[expect(
    clippy::disallowed_types,
    reason = "oci-spec takes its annotations in this type"
)]
fn unordered(
    annotations: impl IntoIterator<Item = (String, String)>,
) -> std::collections::HashMap<String, String> {
    annotations.into_iter().collect()
}

/// Makes an image manifest.
#[must_use]
pub fn manifest(
    config: Descriptor,
    layers: Vec<Descriptor>,
    annotations: impl IntoIterator<Item = (String, String)>,
) -> ImageManifest {
    ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(config)
        .layers(layers)
        .annotations(unordered(annotations))
        .build()
        .expect("all that a manifest needs was given")
}

/// Makes an image index.
#[must_use]
pub fn index(
    manifests: Vec<Descriptor>,
    annotations: impl IntoIterator<Item = (String, String)>,
) -> ImageIndex {
    ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(manifests)
        .annotations(unordered(annotations))
        .build()
        .expect("all that an index needs was given")
}

/// The config of an artifact that has none (OCI image-spec, manifest.md).
pub const EMPTY_CONFIG: &[u8] = b"{}";

/// Describes the config of an artifact that has none.
#[must_use]
pub fn empty_config() -> Descriptor {
    let digest = Digest::of(EMPTY_CONFIG);
    descriptor(MediaType::EmptyJSON, &digest, EMPTY_CONFIG.len() as u64)
}

/// The media type of image configs.
#[must_use]
pub fn config_type() -> MediaType {
    MediaType::ImageConfig
}

/// The media type of a layer that is compressed with `zstd` or `gzip`.
#[must_use]
pub fn layer_type(codec: &str) -> MediaType {
    match codec {
        "zstd" => MediaType::ImageLayerZstd,
        "gzip" => MediaType::ImageLayerGzip,
        _ => MediaType::ImageLayer,
    }
}

/// Reads `os/architecture[/variant]`, as recipes and `--platform` write it.
#[must_use]
pub fn parse_platform(text: &str) -> Option<Platform> {
    let mut parts = text.split('/');
    let (os, architecture, variant) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || os.is_empty() || architecture.is_empty() {
        return None;
    }
    let mut builder = PlatformBuilder::default()
        .os(Os::from(os))
        .architecture(Arch::from(architecture));
    if let Some(variant) = variant {
        builder = builder.variant(variant);
    }
    builder.build().ok()
}

/// The usual name of a platform: 64-bit ARM is of version 8, whether somebody says it or not.
#[must_use]
pub fn usual_platform(name: &str) -> &str {
    match name {
        "linux/arm64/v8" => "linux/arm64",
        name => name,
    }
}

/// Writes a platform as `os/architecture[/variant]`.
#[must_use]
pub fn platform_name(platform: &Platform) -> String {
    let variant = platform
        .variant()
        .as_ref()
        .map(|variant| format!("/{variant}"))
        .unwrap_or_default();
    format!("{}/{}{variant}", platform.os(), platform.architecture())
}
