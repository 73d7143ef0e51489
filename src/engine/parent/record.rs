//! The flavour record of an image, read from its layer or from the notes of the store.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::error::Error;
use crate::engine::root::{Scan, expect_diff_id};
use crate::oci::{BlobSource, Descriptor, Digest, PlatformImage};
use crate::recipe::{MAX_RECORD, RECORD_LABEL, RECORD_PATH, Record, TABLE_PATH};
use crate::store::Store;
use crate::tree;
use crate::tree::{DirectoryTable, Entry, EntryKind, Limits, read_layer};

use super::config::diff_ids;

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
pub(super) fn record_position(config: &Value, diff_ids: &[Digest]) -> Option<usize> {
    let label = config
        .pointer("/config/Labels")?
        .get(RECORD_LABEL)?
        .as_str()?;
    let id = label.parse::<Digest>().ok()?;
    diff_ids.iter().rposition(|diff_id| *diff_id == id)
}

/// The record and table of a layer, from the store's notes or from the layer itself.
pub(super) fn read_record(
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
    expect_diff_id(layer, diff_id, found)?;
    match files {
        [(_, Some(record)), (_, Some(table))] => Ok((record, table)),
        _ => Err(unusable(format!(
            "layer {diff_id}, named as its flavour record, holds none"
        ))),
    }
}
