//! The import of an image.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::layer::{Note, import_layer};
use super::merge::merge;
use super::root_form::{is_emptied, to_root_form};
use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::repository::{
    Checksum, CommitObject, Folder, Implied, Repository, Staging, Value,
};
use crate::oci::{BlobSource, Descriptor, Digest, PlatformImage};

/// The label with the version of an image.
const VERSION: &str = "org.opencontainers.image.version";

/// Key of the diff IDs of an image's layers, beside its commit.
pub(in crate::bootable::ostree) const LAYERS: &str = "terroir.layers";

/// Key of the digest of an image's manifest, in the metadata of its commit.
pub(in crate::bootable::ostree) const IMAGE: &str = "terroir.image";

/// The number of the form in which images become commits; it changes whenever the commit of an image
/// does.
pub(in crate::bootable::ostree) const IMPORT: u32 = 1;

/// What an import needs to know of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Layers {
    /// Digest of the platform's manifest.
    pub manifest: Digest,
    /// Its layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// The diff ID of each layer.
    pub diff_ids: Vec<Digest>,
    /// When the image was made, in seconds since 1970.
    pub created: u64,
    /// Its version, for people.
    pub version: String,
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A layer that is read, by its number from 1.
    Layer {
        /// Its number.
        number: usize,
        /// How many layers the image has.
        of: usize,
        /// Its size in the registry, in bytes.
        bytes: u64,
    },
    /// A layer that is in the repository already.
    Known {
        /// Its number.
        number: usize,
        /// How many layers the image has.
        of: usize,
    },
    /// The commit of the whole.
    Whole,
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The commit of the whole image.
    pub checksum: Checksum,
    /// Layers that were read.
    pub new_layers: usize,
    /// Bytes of the files that the repository did not have.
    pub bytes: u64,
    /// What was left out.
    pub notes: Vec<Note>,
}

impl Layers {
    /// Reads what is needed from manifest and config.
    pub fn of(image: &PlatformImage, source: &dyn BlobSource) -> Result<Self, Error> {
        let manifest = image.document.descriptor.digest().to_string();
        let manifest: Digest = manifest
            .parse()
            .map_err(|error| Error::Image(format!("its manifest: {error}")))?;
        let config: Json = serde_json::from_slice(image.config(source)?)
            .map_err(|error| Error::Image(format!("its config is not JSON: {error}")))?;
        let diff_ids = config.pointer("/rootfs/diff_ids").and_then(Json::as_array);
        let diff_ids = diff_ids.into_iter().flatten().map(|one| {
            let text = one.as_str().unwrap_or_default();
            text.parse::<Digest>()
                .map_err(|error| Error::Image(format!("its config: {error}")))
        });
        let diff_ids: Vec<Digest> = diff_ids.collect::<Result<_, _>>()?;
        let layers = image.manifest.layers().clone();
        if diff_ids.len() != layers.len() {
            let why = format!(
                "its manifest names {} layers, its config {}",
                layers.len(),
                diff_ids.len()
            );
            return Err(Error::Image(why));
        }
        let created = config.get("created").and_then(Json::as_str);
        let created = created.and_then(|text| text.parse::<Timestamp>().ok());
        let seconds = created.map_or(0, Timestamp::as_second);
        let label = |labels: &Json| labels.get(VERSION)?.as_str().map(str::to_owned);
        let version = config.pointer("/config/Labels").and_then(label);
        Ok(Self {
            manifest,
            layers,
            diff_ids,
            created: u64::try_from(seconds).unwrap_or_default(),
            version: version
                .filter(|version| !version.is_empty() && !version.contains('\0'))
                .unwrap_or_else(|| manifest.short()),
        })
    }
}

/// The reference of a layer's commit.
#[must_use]
pub fn layer_reference(diff_id: &Digest) -> String {
    format!("terroir/layer/{}", diff_id.hex())
}

/// The reference of an image's commit.
#[must_use]
pub fn image_reference(manifest: &Digest) -> String {
    format!("terroir/image/{}", manifest.hex())
}

/// Imports an image; layers that the repository has are not read at all.
///
/// Each layer stays once it is imported, so that an import that broke off goes on from there. The
/// commit depends on what the layers hold together, and on the fields of [`Layers`] but the layers.
pub fn import(
    repository: &Repository,
    image: &Layers,
    source: &dyn BlobSource,
    progress: &mut dyn FnMut(Progress),
) -> Result<Commit, Error> {
    let mut commit = Commit {
        checksum: Checksum::default(),
        new_layers: 0,
        bytes: 0,
        notes: Vec::new(),
    };
    if let Some(checksum) = repository.resolve(&image_reference(&image.manifest))? {
        return Ok(Commit { checksum, ..commit });
    }
    let mut root = Folder::default();
    for (index, (layer, diff_id)) in image.layers.iter().zip(&image.diff_ids).enumerate() {
        let (number, of) = (index + 1, image.layers.len());
        let reference = layer_reference(diff_id);
        let known = repository.resolve(&reference)?;
        let checksum = if let Some(checksum) = known {
            progress(Progress::Known { number, of });
            checksum
        } else {
            let bytes = layer.size();
            progress(Progress::Layer { number, of, bytes });
            let mut staging = Staging::new(repository)?;
            let checksum = import_layer(&mut staging, layer, diff_id, source, &mut commit.notes)?;
            staging.publish()?;
            repository.set(&reference, &checksum)?;
            commit.new_layers += 1;
            commit.bytes += staging.bytes;
            checksum
        };
        merge(&mut root, Folder::load(repository, &checksum)?, repository)?;
    }
    commit.notes.retain(|note| !is_emptied(&note.path));
    progress(Progress::Whole);
    commit.checksum = whole(repository, image, root)?;
    Ok(commit)
}

/// Makes the commit of the whole.
fn whole(repository: &Repository, image: &Layers, mut root: Folder) -> Result<Checksum, Error> {
    let kernel = to_root_form(&mut root, repository)?;
    let mut staging = Staging::new(repository)?;
    let (content, meta) = root.write(&mut staging, Implied::Usual)?;
    let metadata = BTreeMap::from([
        ("ostree.bootable", Value::Yes),
        ("ostree.linux", Value::Text(kernel)),
        (IMAGE, Value::Text(image.manifest.to_string())),
        ("version", Value::Text(image.version.clone())),
    ]);
    let checksum = staging.commit(&CommitObject {
        metadata,
        created: image.created,
        content,
        meta,
    })?;
    let layers: Vec<String> = image.diff_ids.iter().map(Digest::hex).collect();
    let layers = BTreeMap::from([(LAYERS, Value::Text(layers.join(" ")))]);
    staging.beside(&checksum, &layers)?;
    staging.publish()?;
    repository.set(&image_reference(&image.manifest), &checksum)?;
    Ok(checksum)
}
