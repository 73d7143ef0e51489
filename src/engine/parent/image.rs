//! The image that a flavour derives from, wherever it comes from.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::error::Error;
use crate::engine::root::{ParentFiles, Scan, State};
use crate::oci::{BlobSource, Descriptor, Digest, Image, Platform};
use crate::recipe::{FORMAT_WITH_CONFIGURATION, Facts, Record};
use crate::store::Store;

use super::config::{diff_ids, fresh_config};
use super::layers::LayerId;
use super::platform::chosen;
use super::record::{read_record, record_position};
use super::scan::{initial_state, scan_cached};

/// An image to stack on, for one platform.
#[derive(Clone, Debug)]
pub(crate) struct ParentImage {
    /// Its layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// Their diff IDs.
    pub diff_ids: Vec<Digest>,
    /// Its config, as written.
    pub config: Value,
    /// The state of its root.
    pub state: State,
    /// The distribution's facts.
    pub facts: Facts,
    /// The record, if terroir built it.
    pub record: Option<Arc<Record>>,
    /// How others refer to it: `org.opencontainers.image.base.name`.
    pub name: Option<String>,
    /// The digest of its manifest for the platform.
    pub manifest: Option<Digest>,
    /// The digest of what its tag names.
    pub root: Option<Digest>,
    /// Its creation date, in seconds since 1970.
    pub epoch: u64,
}

impl ParentImage {
    /// Nothing at all.
    pub(crate) fn scratch(platform: &Platform) -> Self {
        let architecture = platform.architecture().to_string();
        let facts = Facts {
            architecture: architecture.clone(),
            ..Facts::default()
        };
        Self {
            layers: Vec::new(),
            diff_ids: Vec::new(),
            config: fresh_config(platform, &json!({})),
            state: initial_state(Scan::default(), None),
            facts,
            record: None,
            name: None,
            manifest: None,
            root: None,
            epoch: 0,
        }
    }

    /// Reads an image for a platform: the record if it has one, else its layers, once.
    pub(crate) fn read(
        image: &Image,
        platform: &Platform,
        name: &str,
        source: &Arc<dyn BlobSource>,
        store: &Store,
    ) -> Result<Self, Error> {
        let unusable = |why: &str| Error::Parent {
            reference: name.to_owned(),
            why: why.to_owned(),
        };
        let (chosen, config) = chosen(image, (platform, name), source.as_ref(), store)?;
        let layers = chosen.manifest.layers().clone();
        let diff_ids =
            diff_ids(&config).ok_or_else(|| unusable("its config has no valid diff IDs"))?;
        if diff_ids.len() != layers.len() {
            let why = format!(
                "it has {} layers and {} diff IDs",
                layers.len(),
                diff_ids.len()
            );
            return Err(unusable(&why));
        }
        let (state, facts, record) = root(
            name,
            (&layers, &diff_ids),
            &config,
            (platform, source, store),
        )?;
        let created = config.get("created").and_then(Value::as_str);
        let epoch = created.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let digest =
            |descriptor: &Descriptor| descriptor.digest().to_string().parse::<Digest>().ok();
        Ok(Self {
            layers,
            diff_ids,
            state,
            facts,
            name: Some(
                record
                    .as_ref()
                    .map_or_else(|| name.to_owned(), |record| record.reference.clone()),
            ),
            epoch: record.as_ref().map_or_else(
                || {
                    epoch
                        .and_then(|time| u64::try_from(time.as_second()).ok())
                        .unwrap_or_default()
                },
                |record| record.epoch,
            ),
            record,
            manifest: digest(&chosen.document.descriptor),
            root: digest(&image.root.descriptor),
            config,
        })
    }
}

/// What is known of an image's root: by its record, else by streaming its layers once.
fn root(
    name: &str,
    (layers, diff_ids): (&[Descriptor], &[Digest]),
    config: &Value,
    (platform, source, store): (&Platform, &Arc<dyn BlobSource>, &Store),
) -> Result<(State, Facts, Option<Arc<Record>>), Error> {
    let files = Some(Arc::new(ParentFiles::new(
        layers.to_vec(),
        Arc::clone(source),
        store,
    )));
    let Some(position) = record_position(config, diff_ids) else {
        let (scan, os_release) = scan_cached(layers, diff_ids, source, store)?;
        let facts = Facts::from_os_release(&os_release, &platform.architecture().to_string());
        let mut state = initial_state(scan, files);
        state.os_release = os_release;
        return Ok((state, facts, None));
    };
    let (record, mut scan) = read_record((layers, diff_ids), position, source, store, name)?;
    if record.format < FORMAT_WITH_CONFIGURATION {
        // A record of an older terroir does not know all texts: the layers below it do.
        let below = layers.get(..position).unwrap_or_default();
        let ids = diff_ids.get(..position).unwrap_or_default();
        let (whole, _) = scan_cached(below, ids, source, store)?;
        scan.texts.known = whole.texts.known;
        scan.texts.known.extend(record.texts.clone());
    }
    // What someone's foreign build put upon the record is not in it.
    let above = layers.get(position + 1..).unwrap_or_default();
    let ids = diff_ids.get(position + 1..).unwrap_or_default();
    scan.layers(above, ids, source.as_ref())?;
    let mut state = initial_state(scan, files);
    if state.os_release.is_empty() {
        state.os_release.clone_from(&record.os_release);
    }
    Ok((state, record.facts.clone(), Some(record)))
}

/// The layers of a parent as steps see them: its records left out.
pub(in crate::engine) fn of_parent(parent: &ParentImage) -> Vec<LayerId> {
    let history = parent.config.get("history").and_then(Value::as_array);
    let lines: Vec<&Value> = history
        .into_iter()
        .flatten()
        .filter(|line| line.get("empty_layer").and_then(Value::as_bool) != Some(true))
        .collect();
    let told = lines.len() == parent.layers.len();
    let is_record = |number: usize| {
        let line = lines.get(number).and_then(|line| line.get("created_by"));
        told && line.and_then(Value::as_str) == Some("terroir: record")
    };
    let layers = parent
        .layers
        .iter()
        .cloned()
        .zip(parent.diff_ids.iter().copied());
    layers
        .enumerate()
        .filter(|(number, _)| !is_record(*number))
        .map(|(_, layer)| layer)
        .collect()
}
