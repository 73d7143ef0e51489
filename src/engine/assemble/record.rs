//! The flavour record and its layer, which is always the last.

use std::collections::BTreeSet;
use std::io::{self, Cursor};
use std::sync::Arc;

use crate::engine::error::Error;
use crate::engine::lower::plain;
use crate::engine::parent::ParentImage;
use crate::engine::root::State;
use crate::oci::{Digest, sorted_json};
use crate::path::TreePath;
use crate::recipe::{FORMAT, Flavour, RECORD_PATH, Record, TABLE_PATH};
use crate::store::Store;
use crate::tree::{Codec, EntryKind, Packed};

/// The record of a flavour.
pub(in crate::engine) fn record(
    flavour: &Flavour,
    parent: &ParentImage,
    state: &State,
    epoch: u64,
) -> Record {
    let mut finish: BTreeSet<_> = flavour
        .entries
        .iter()
        .flat_map(|entry| entry.finish.clone())
        .collect();
    if let Some(record) = &parent.record {
        finish.extend(record.finish.iter().copied());
    }
    Record {
        format: FORMAT,
        ancestry: flavour.ancestry.clone(),
        reference: flavour.reference(),
        facts: parent.facts.clone(),
        vars: flavour.vars.clone(),
        settings: flavour.claims.clone(),
        mandatory: flavour.mandatory.clone(),
        exceptions: flavour.exceptions.clone(),
        layers: flavour.layers.clone(),
        tests: flavour.tests.clone(),
        finish,
        os_release: state.os_release.clone(),
        units: state.units.clone(),
        texts: state.texts.clone(),
        epoch,
    }
}

/// The files of a record layer.
type RecordFiles = [(&'static str, Arc<[u8]>); 2];

/// The files of a record layer, and their key.
fn keyed(record: &Record, state: &State, codec: Codec) -> (RecordFiles, Digest) {
    let files: RecordFiles = [
        (RECORD_PATH, record.to_bytes().into()),
        (TABLE_PATH, state.table.to_bytes()),
    ];
    let digests: Vec<Digest> = files.iter().map(|(_, bytes)| Digest::of(bytes)).collect();
    let key = Digest::of(&sorted_json(&serde_json::json!({
        "format": FORMAT,
        "kind": "record",
        "files": digests,
        "codec": codec.name(),
    })));
    (files, key)
}

/// The record layer, if the store has it.
pub(in crate::engine) fn known_record_layer(
    record: &Record,
    state: &State,
    codec: Codec,
    store: &Store,
) -> Result<Option<Packed>, Error> {
    Ok(store.step(&keyed(record, state, codec).1)?)
}

/// Finds or packs the record layer, which is always the last.
pub(in crate::engine) fn record_layer(
    record: &Record,
    state: &State,
    codec: Codec,
    store: &Store,
) -> Result<Packed, Error> {
    let (files, key) = keyed(record, state, codec);
    if let Some(packed) = store.step(&key)? {
        return Ok(packed);
    }
    let folder = TreePath::parse("/usr/lib/terroir").expect("a constant path");
    let packed = store.pack(codec, |writer| {
        for path in [
            folder.parent().and_then(|lib| lib.parent()),
            folder.parent(),
            Some(folder.clone()),
        ] {
            let path = path.unwrap_or_default();
            let mut entry = plain(&path, EntryKind::Directory, (0o755, 0, 0));
            if let Some(row) = state.table.get(&path).filter(|row| row.link.is_none()) {
                (entry.mode, entry.uid, entry.gid) = (row.mode, row.uid, row.gid);
                entry.xattrs.clone_from(&row.xattrs);
            }
            writer.append(&entry, &mut io::empty())?;
        }
        let mut sorted = [&files[1], &files[0]];
        sorted.sort_by_key(|(path, _)| *path);
        for (path, bytes) in sorted {
            let path = TreePath::parse(path).expect("a constant path");
            let kind = EntryKind::File {
                size: bytes.len() as u64,
            };
            writer.append(
                &plain(&path, kind, (0o644, 0, 0)),
                &mut Cursor::new(bytes.as_ref()),
            )?;
        }
        Ok::<_, Error>(())
    })?;
    store.put_step(&key, &packed)?;
    store.put_note("records", &packed.diff_id, &files[0].1)?;
    store.put_note("tables", &packed.diff_id, &files[1].1)?;
    Ok(packed)
}
