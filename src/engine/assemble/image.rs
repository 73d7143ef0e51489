//! Config, manifest and index of an image, with history, labels and annotations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::engine::parent::{ParentImage, rfc3339};
use crate::oci::{
    Descriptor, Digest, Document, Image, ImageManifest, MediaType, PlatformImage, config_type,
    descriptor, index, manifest, sorted_json,
};
use crate::recipe::{Flavour, RECORD_LABEL};

use super::image_config::apply_image_config;

const TITLE: &str = "org.opencontainers.image.title";

const DESCRIPTION: &str = "org.opencontainers.image.description";

const VERSION: &str = "org.opencontainers.image.version";

const SOURCE: &str = "org.opencontainers.image.source";

const REVISION: &str = "org.opencontainers.image.revision";

const BASE_NAME: &str = "org.opencontainers.image.base.name";

const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// Where the sources of an image are; stated only on request, since they change its digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Address of the repository.
    pub source: Option<String>,
    /// Revision in it.
    pub revision: Option<String>,
}

/// One line of history, with or without a layer.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Line {
    /// What made it.
    pub label: String,
    /// Its layer and diff ID.
    pub layer: Option<(Descriptor, Digest)>,
}

/// The config of a flavour: the parent's, edited as JSON so that nothing in it is lost.
pub(in crate::engine) fn assemble_config(
    flavour: &Flavour,
    parent: &ParentImage,
    lines: &[Line],
    record: &Digest,
    epoch: u64,
) -> Value {
    let mut config = parent.config.clone();
    let Some(map) = config.as_object_mut() else {
        return config;
    };
    // Some write other names of architectures into configs; ours is labelled by the one that counts.
    let architecture = flavour.platform.architecture().to_string();
    map.insert("architecture".into(), Value::from(architecture));
    let created = rfc3339(epoch);
    map.insert("created".into(), Value::from(created.as_str()));
    let mut diff_ids: Vec<Value> = parent.diff_ids.iter().map(|id| json!(id)).collect();
    diff_ids.extend(
        lines
            .iter()
            .filter_map(|line| line.layer.as_ref())
            .map(|(_, id)| json!(id)),
    );
    map.insert(
        "rootfs".into(),
        json!({ "type": "layers", "diff_ids": diff_ids }),
    );
    let mut history = parent_history(parent);
    history.extend(lines.iter().map(|line| {
        let mut one = json!({
            "created": created,
            "created_by": format!("terroir: {}", line.label),
            "comment": flavour.name,
        });
        if let (None, Some(one)) = (&line.layer, one.as_object_mut()) {
            one.insert("empty_layer".into(), Value::Bool(true));
        }
        one
    }));
    map.insert("history".into(), Value::Array(history));
    let execution = map
        .entry("config")
        .or_insert_with(|| Value::Object(Map::new()));
    if !execution.is_object() {
        *execution = Value::Object(Map::new());
    }
    if let Some(execution) = execution.as_object_mut() {
        let labels = execution
            .entry("Labels")
            .or_insert_with(|| Value::Object(Map::new()));
        if !labels.is_object() {
            *labels = Value::Object(Map::new());
        }
        if let Some(labels) = labels.as_object_mut() {
            set_labels(labels, flavour, record);
        }
    }
    apply_image_config(&flavour.config, map);
    config
}

fn set_labels(labels: &mut Map<String, Value>, flavour: &Flavour, record: &Digest) {
    let own = [
        (TITLE, Some(&flavour.name)),
        (DESCRIPTION, flavour.description.as_ref()),
        (VERSION, flavour.version.as_ref()),
    ];
    for (key, value) in own {
        match value {
            Some(value) => labels.insert(key.into(), Value::from(value.as_str())),
            // A parent's description is not true of its child.
            None => labels.remove(key),
        };
    }
    for (key, value) in flavour.config.labels.iter().chain(&flavour.labels) {
        labels.insert(key.clone(), Value::from(value.as_str()));
    }
    labels.insert(RECORD_LABEL.into(), json!(record));
}

/// The parent's history, made to have a line for each of its layers.
fn parent_history(parent: &ParentImage) -> Vec<Value> {
    let history = parent
        .config
        .get("history")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let full = |line: &&Value| line.get("empty_layer").and_then(Value::as_bool) != Some(true);
    if history.iter().filter(full).count() == parent.diff_ids.len() {
        return history;
    }
    parent
        .diff_ids
        .iter()
        .map(|_| json!({ "created_by": "a layer of the base" }))
        .collect()
}

/// The manifest of a flavour for one platform.
pub(in crate::engine) fn assemble_platform_image(
    flavour: &Flavour,
    parent: &ParentImage,
    lines: &[Line],
    config: (&Descriptor, &Provenance),
) -> PlatformImage {
    let (config, provenance) = config;
    let mut layers = parent.layers.clone();
    layers.extend(
        lines
            .iter()
            .filter_map(|line| line.layer.as_ref())
            .map(|(layer, _)| layer.clone()),
    );
    let base = parent.name.as_ref().zip(parent.manifest.as_ref());
    let manifest: ImageManifest = manifest(
        config.clone(),
        layers,
        annotations(flavour, base, provenance),
    );
    let bytes = sorted_json(&manifest);
    let mut document = descriptor(
        MediaType::ImageManifest,
        &Digest::of(&bytes),
        bytes.len() as u64,
    );
    document.set_platform(Some(flavour.platform.clone()));
    let document = Document {
        descriptor: document,
        bytes,
    };
    PlatformImage::new(document, manifest)
}

/// The descriptor and bytes of a config.
pub(in crate::engine) fn config_document(config: &Value) -> Document {
    let bytes = sorted_json(config);
    Document {
        descriptor: descriptor(config_type(), &Digest::of(&bytes), bytes.len() as u64),
        bytes,
    }
}

/// The image of a flavour: always an index, also for one platform.
pub(in crate::engine) fn assemble_image(
    flavour: &Flavour,
    base: Option<(&String, &Digest)>,
    platforms: Vec<PlatformImage>,
    provenance: &Provenance,
) -> Image {
    let manifests = platforms
        .iter()
        .map(|platform| platform.document.descriptor.clone())
        .collect();
    let index = index(manifests, annotations(flavour, base, provenance));
    let bytes = sorted_json(&index);
    let descriptor = descriptor(
        MediaType::ImageIndex,
        &Digest::of(&bytes),
        bytes.len() as u64,
    );
    Image {
        root: Document { descriptor, bytes },
        platforms,
    }
}

fn annotations(
    flavour: &Flavour,
    base: Option<(&String, &Digest)>,
    provenance: &Provenance,
) -> BTreeMap<String, String> {
    let base_name = base.map(|(name, _)| name.clone());
    let base_digest = base.map(|(_, digest)| digest.to_string());
    [
        (TITLE, Some(flavour.name.clone())),
        (DESCRIPTION, flavour.description.clone()),
        (VERSION, flavour.version.clone()),
        (SOURCE, provenance.source.clone()),
        (REVISION, provenance.revision.clone()),
        (BASE_NAME, base_name),
        (BASE_DIGEST, base_digest),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}
