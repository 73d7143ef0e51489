//! The scan of a foreign parent, and the notes that save another.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::error::Error;
use crate::engine::root::{ParentFiles, Scan, State};
use crate::oci::{BlobSource, Descriptor, Digest};
use crate::path::TreePath;
use crate::recipe::{FileText, Units};
use crate::store::Store;
use crate::tree::DirectoryTable;

use super::layers::chain_of;

/// A foreign parent's scan, from the store's notes or by streaming its layers once.
pub(super) fn scan_cached(
    layers: &[Descriptor],
    diff_ids: &[Digest],
    source: &Arc<dyn BlobSource>,
    store: &Store,
) -> Result<(Scan, String), Error> {
    let chain = chain_of(diff_ids.iter());
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
pub(in crate::engine) fn noted_scan(
    chain: &Digest,
    store: &Store,
) -> Result<Option<(Scan, String)>, Error> {
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
pub(in crate::engine) fn note_scan(
    chain: &Digest,
    scan: &Scan,
    store: &Store,
) -> Result<(), Error> {
    store.put_note("scanned-tables", chain, &scan.table.to_bytes())?;
    let rest = crate::oci::sorted_json(&(&scan.texts.units, &scan.texts.known));
    store.put_note("configured-scans", chain, &rest)?;
    Ok(())
}

/// A state without any step, from what is known of a root.
pub(in crate::engine) fn initial_state(scan: Scan, files: Option<Arc<ParentFiles>>) -> State {
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
