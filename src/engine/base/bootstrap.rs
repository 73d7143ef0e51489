//! A bootstrapped base: made once for a state of the archive, then found again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::engine::error::Error;
use crate::engine::parent::{
    ParentImage, fresh_config, initial_state, note_scan, noted_scan, rfc3339,
};
use crate::engine::root::{ParentFiles, Scan};
use crate::oci::{BlobSource, Digest, descriptor, layer_type, sorted_json};
use crate::package::{Bootstrap, Release, bootstrap, fetch_digest};
use crate::recipe::Facts;
use crate::store::Store;
use crate::tree::{Codec, Packed};

use super::copy::copy_base;
use super::tar::read_release;

/// The number that changes when the same packages would give other bytes.
const FORMAT: u32 = 1;

/// What the store remembers of a bootstrap.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    /// The state of the archive.
    pub release: Release,
    /// The creation date that was used.
    pub epoch: u64,
}

/// How a base is found or made.
#[derive(Clone, Copy)]
pub(in crate::engine) struct BaseOptions<'a> {
    /// How its layer is compressed.
    pub codec: Codec,
    /// Whether the archive is asked for a newer state.
    pub refresh: bool,
    /// `SOURCE_DATE_EPOCH`, if it is set.
    pub epoch: Option<u64>,
    /// Called when something slow begins.
    pub say: &'a (dyn Fn(&str) + Sync),
}

/// The base that the store has for a bootstrap; none when it was never made.
pub(in crate::engine) fn known_base(
    wanted: &Bootstrap,
    codec: Codec,
    store: &Store,
) -> Result<Option<ParentImage>, Error> {
    match read_note(wanted, store)? {
        Some(note) => known(wanted, &note, codec, store),
        None => Ok(None),
    }
}

/// The base that the store has for a state of the archive.
pub(super) fn known(
    wanted: &Bootstrap,
    note: &Note,
    codec: Codec,
    store: &Store,
) -> Result<Option<ParentImage>, Error> {
    let Some(packed) = store.step(&key(wanted, note, codec))? else {
        return Ok(None);
    };
    let Some((scan, os_release)) = noted_scan(&packed.diff_id, store)? else {
        return Ok(None);
    };
    Ok(Some(image(
        wanted,
        note,
        &packed,
        (scan, &os_release),
        store,
    )))
}

/// Finds or makes a base.
pub(in crate::engine) fn base(
    wanted: &Bootstrap,
    options: BaseOptions<'_>,
    store: &Store,
) -> Result<ParentImage, Error> {
    if let Some(note) = read_note(wanted, store)? {
        let dated = options.epoch.is_none_or(|epoch| epoch == note.epoch);
        let current = dated && (!options.refresh || is_current(&note.release, store)?);
        if current && let Some(found) = known_base(wanted, options.codec, store)? {
            return Ok(found);
        }
    }
    let (packed, note, scan) = make(wanted, options, store)?;
    store.put_step(&key(wanted, &note, options.codec), &packed)?;
    store.put_note("bootstraps", &inputs(wanted), &sorted_json(&note))?;
    let os_release = scan.os_release();
    Ok(image(wanted, &note, &packed, (scan, &os_release), store))
}

/// Makes a base from the archive as it is now.
pub(super) fn make(
    wanted: &Bootstrap,
    options: BaseOptions<'_>,
    store: &Store,
) -> Result<(Packed, Note, Scan), Error> {
    (options.say)(&format!(
        "bootstrapping {} {} ({})",
        wanted.distribution, wanted.suite, wanted.architecture
    ));
    let folder = scratch(store)?;
    let tar = folder.path().join("base.tar");
    bootstrap(wanted, &tar)?;
    let release = read_release(&tar)?;
    let note = Note {
        epoch: options.epoch.unwrap_or(release.date),
        release,
    };
    (options.say)("packing the base");
    let mut scan = Scan::default();
    let packed = store.pack(options.codec, |writer| {
        copy_base(&tar, note.epoch, writer, &mut scan)
    })?;
    note_scan(&packed.diff_id, &scan, store)?;
    Ok((packed, note, scan))
}

/// A folder in the store that goes with its guard.
fn scratch(store: &Store) -> Result<tempfile::TempDir, Error> {
    let place = store.path().join("tmp");
    tempfile::tempdir_in(&place).map_err(|source| Error::Io {
        doing: format!("making a folder in {}", place.display()),
        source,
    })
}

fn inputs(wanted: &Bootstrap) -> Digest {
    Digest::of(&sorted_json(wanted))
}

pub(super) fn key(wanted: &Bootstrap, note: &Note, codec: Codec) -> Digest {
    let releases: Vec<&Digest> = note.release.files.values().collect();
    Digest::of(&sorted_json(&json!({
        "format": FORMAT,
        "kind": "bootstrap",
        "bootstrap": wanted,
        "releases": releases,
        "epoch": note.epoch,
        "codec": codec.name(),
    })))
}

pub(super) fn read_note(wanted: &Bootstrap, store: &Store) -> Result<Option<Note>, Error> {
    let bytes = store.note("bootstraps", &inputs(wanted))?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Tells whether the archive is still in the state that a base was made from.
fn is_current(release: &Release, store: &Store) -> Result<bool, Error> {
    let folder = scratch(store)?;
    for (url, digest) in &release.files {
        if fetch_digest(url, &folder.path().join("InRelease"))? != *digest {
            return Ok(false);
        }
    }
    Ok(true)
}

fn image(
    wanted: &Bootstrap,
    note: &Note,
    packed: &Packed,
    (scan, os_release): (Scan, &str),
    store: &Store,
) -> ParentImage {
    let facts = Facts::from_os_release(os_release, &wanted.architecture);
    let layer = descriptor(layer_type(packed.codec.name()), &packed.digest, packed.size);
    let source: Arc<dyn BlobSource> = Arc::new(store.clone());
    let files = ParentFiles::new(vec![layer.clone()], source, store);
    let platform = crate::oci::parse_platform(&format!("linux/{}", wanted.architecture));
    let platform = platform.unwrap_or_default();
    let execution = json!({
        "Cmd": ["/bin/bash"],
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    });
    let mut config = fresh_config(&platform, &execution);
    let created = rfc3339(note.epoch);
    if let Some(map) = config.as_object_mut() {
        map.insert(
            "rootfs".into(),
            json!({ "type": "layers", "diff_ids": [packed.diff_id] }),
        );
        let made = format!(
            "terroir: bootstrap {} {}",
            wanted.distribution, wanted.suite
        );
        map.insert(
            "history".into(),
            json!([{ "created": created, "created_by": made }]),
        );
    }
    let mut state = initial_state(scan, Some(Arc::new(files)));
    os_release.clone_into(&mut state.os_release);
    ParentImage {
        layers: vec![layer],
        diff_ids: vec![packed.diff_id],
        config,
        state,
        facts,
        record: None,
        name: None,
        manifest: None,
        root: None,
        epoch: note.epoch,
    }
}
