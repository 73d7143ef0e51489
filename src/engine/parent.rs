//! The parent of a flavour, ready to be stacked on, wherever it comes from.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::oci::{BlobSource, Descriptor, Digest, Image, Platform, PlatformImage};
use crate::path::TreePath;
use crate::recipe::{
    FORMAT_WITH_CONFIGURATION, Facts, FileText, MAX_RECORD, RECORD_LABEL, RECORD_PATH, Record,
    TABLE_PATH, Units,
};
use crate::store::Store;
use crate::tree::{self, DirectoryTable, Entry, EntryKind, Limits, read_layer};

use super::error::Error;
use super::files::ParentFiles;
use super::parent_chosen::chosen;
use super::scan::Scan;
use super::state::State;

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
            state: state(Scan::default(), None),
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
        let mut state = state(scan, files);
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
    let mut state = state(scan, files);
    if state.os_release.is_empty() {
        state.os_release.clone_from(&record.os_release);
    }
    Ok((state, record.facts.clone(), Some(record)))
}

/// A state without any step, from what is known of a root.
pub(super) fn state(scan: Scan, files: Option<Arc<ParentFiles>>) -> State {
    State {
        os_release: scan.os_release(),
        table: scan.table,
        units: scan.texts.units,
        texts: scan.texts.known,
        written: BTreeMap::new(),
        files,
        passed_over: None,
    }
}

/// The config of an image that has no base (OCI image-spec, config.md).
pub(super) fn fresh_config(platform: &Platform, execution: &Value) -> Value {
    let mut config = json!({
        "architecture": platform.architecture().to_string(),
        "os": platform.os().to_string(),
        "config": execution,
        "rootfs": { "type": "layers", "diff_ids": [] },
        "history": [],
    });
    if let (Some(variant), Some(map)) = (platform.variant(), config.as_object_mut()) {
        map.insert("variant".into(), Value::from(variant.as_str()));
    }
    config
}

/// The diff IDs that a config states.
pub(super) fn diff_ids(config: &Value) -> Option<Vec<Digest>> {
    let ids = config.pointer("/rootfs/diff_ids")?.as_array()?;
    ids.iter().map(|id| id.as_str()?.parse().ok()).collect()
}

/// The record of an image for one platform, if terroir built it.
pub fn record_of(
    image: &PlatformImage,
    config: &Value,
    source: &Arc<dyn BlobSource>,
    store: &Store,
) -> Result<Option<Arc<Record>>, Error> {
    let diff_ids = diff_ids(config).unwrap_or_default();
    let layers = image.manifest.layers();
    let name = image.document.descriptor.digest().to_string();
    match record_position(config, &diff_ids) {
        Some(position) => Ok(Some(
            read_record((layers, &diff_ids), position, source, store, &name)?.0,
        )),
        None => Ok(None),
    }
}

/// The layer that a config names as that of the record.
fn record_position(config: &Value, diff_ids: &[Digest]) -> Option<usize> {
    let label = config
        .pointer("/config/Labels")?
        .get(RECORD_LABEL)?
        .as_str()?;
    let id = label.parse::<Digest>().ok()?;
    diff_ids.iter().rposition(|diff_id| *diff_id == id)
}

/// The record and table of a layer, from the store's notes or from the layer itself.
fn read_record(
    (layers, diff_ids): (&[Descriptor], &[Digest]),
    position: usize,
    source: &Arc<dyn BlobSource>,
    store: &Store,
    name: &str,
) -> Result<(Arc<Record>, Scan), Error> {
    let (Some(layer), Some(diff_id)) = (layers.get(position), diff_ids.get(position)) else {
        return Err(Error::Parent {
            reference: name.to_owned(),
            why: "its record is missing".into(),
        });
    };
    let (record, table) = match (
        store.note("records", diff_id)?,
        store.note("tables", diff_id)?,
    ) {
        (Some(record), Some(table)) => (record, table),
        _ => {
            let (record, table) = unpack_record(layer, diff_id, source.as_ref(), name)?;
            store.put_note("records", diff_id, &record)?;
            store.put_note("tables", diff_id, &table)?;
            (record, table)
        }
    };
    let record = Record::parse(&record)?;
    let table = DirectoryTable::parse(&table)?;
    let mut scan = Scan {
        table,
        ..Scan::default()
    };
    scan.texts.units.clone_from(&record.units);
    scan.texts.known.clone_from(&record.texts);
    Ok((Arc::new(record), scan))
}

/// The record and table in a layer, which must be the one that the config names.
///
/// Both are noted by diff ID: a layer that lies about its own could speak for another image.
fn unpack_record(
    layer: &Descriptor,
    diff_id: &Digest,
    source: &dyn BlobSource,
    name: &str,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let unusable = |why: String| Error::Parent {
        reference: name.to_owned(),
        why,
    };
    let limits = Limits {
        entries: 64,
        bytes: 2 * MAX_RECORD + (1 << 20),
        ..Limits::default()
    };
    let mut files = [RECORD_PATH, TABLE_PATH].map(|path| (path, None));
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        let path = entry.path.to_string();
        let wanted = files.iter_mut().find(|(wanted, _)| *wanted == path);
        if let (EntryKind::File { .. }, Some((_, bytes))) = (&entry.kind, wanted) {
            let mut read = Vec::new();
            content
                .read_to_end(&mut read)
                .map_err(|source| tree::Error::io("reading the flavour record", source))?;
            *bytes = Some(read);
        }
        Ok(ControlFlow::Continue(()))
    };
    let found = match read_layer(source.open(layer)?, layer.media_type(), &limits, &mut visit) {
        Err(tree::Error::Limit { .. }) => {
            let why = format!("layer {diff_id}, named as its flavour record, holds much more");
            return Err(unusable(why));
        }
        found => found?,
    };
    super::scan::expect_diff_id(layer, diff_id, found)?;
    match files {
        [(_, Some(record)), (_, Some(table))] => Ok((record, table)),
        _ => Err(unusable(format!(
            "layer {diff_id}, named as its flavour record, holds none"
        ))),
    }
}

/// A foreign parent's scan, from the store's notes or by streaming its layers once.
fn scan_cached(
    layers: &[Descriptor],
    diff_ids: &[Digest],
    source: &Arc<dyn BlobSource>,
    store: &Store,
) -> Result<(Scan, String), Error> {
    let chain = diff_ids
        .iter()
        .fold(None, |chain, id| Some(Digest::chain(chain.as_ref(), id)));
    let chain = chain.unwrap_or_else(|| Digest::of(b""));
    if let Some(scan) = noted_scan(&chain, store)? {
        return Ok(scan);
    }
    let mut scan = Scan::default();
    scan.layers(layers, diff_ids, source.as_ref())?;
    note_scan(&chain, &scan, store)?;
    let os_release = scan.os_release();
    Ok((scan, os_release))
}

/// A scan that was noted before.
pub(super) fn noted_scan(chain: &Digest, store: &Store) -> Result<Option<(Scan, String)>, Error> {
    let (Some(table), Some(rest)) = (
        store.note("scanned-tables", chain)?,
        store.note("configured-scans", chain)?,
    ) else {
        return Ok(None);
    };
    let rest: Option<(Units, BTreeMap<TreePath, FileText>)> = serde_json::from_slice(&rest).ok();
    let table = DirectoryTable::parse(&table).ok();
    let (Some((units, known)), Some(table)) = (rest, table) else {
        return Ok(None);
    };
    let mut scan = Scan {
        table,
        ..Scan::default()
    };
    (scan.texts.units, scan.texts.known) = (units, known);
    let os_release = scan.os_release();
    Ok(Some((scan, os_release)))
}

/// Notes a scan, so that the layers need not be streamed again.
pub(super) fn note_scan(chain: &Digest, scan: &Scan, store: &Store) -> Result<(), Error> {
    store.put_note("scanned-tables", chain, &scan.table.to_bytes())?;
    let rest = crate::oci::sorted_json(&(&scan.texts.units, &scan.texts.known));
    store.put_note("configured-scans", chain, &rest)?;
    Ok(())
}
