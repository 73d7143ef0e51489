//! A bootstrapped base as a lock has it: found, taken from vendored packages, or made again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::engine::error::Error;
use crate::engine::parent::{ParentImage, note_scan};
use crate::engine::root::{Scan, wants};
use crate::engine::vendor::Vendored;
use crate::oci::Digest;
use crate::package::{Bootstrap, Release};
use crate::recipe::LockedBootstrap;
use crate::store::Store;
use crate::tree::{Codec, Limits, Packed, read_layer};

use super::bootstrap::{BaseOptions, Note, key, known, make, read_note};

/// What the store would have noted when the base was locked.
fn note(locked: &LockedBootstrap) -> Note {
    Note {
        release: Release {
            files: locked.releases.clone(),
            date: locked.date,
        },
        epoch: locked.date,
    }
}

/// The base that the store has for a lock; none when it was never made there.
pub(in crate::engine) fn known_locked_base(
    wanted: &Bootstrap,
    locked: &LockedBootstrap,
    codec: Codec,
    store: &Store,
) -> Result<Option<ParentImage>, Error> {
    let fits = |found: &ParentImage| found.diff_ids == [locked.layer];
    let own = known(wanted, &note(locked), codec, store)?.filter(fits);
    if own.is_some() {
        return Ok(own);
    }
    // Another state of the archive may have given the same base.
    let Some(other) = read_note(wanted, store)?.filter(|other| other.epoch == locked.date) else {
        return Ok(None);
    };
    Ok(known(wanted, &other, codec, store)?.filter(fits))
}

/// Finds, fetches or makes the base of a lock.
pub(in crate::engine) fn locked_base(
    wanted: &Bootstrap,
    locked: &LockedBootstrap,
    (options, vendored): (BaseOptions<'_>, Option<&Vendored>),
    store: &Store,
) -> Result<ParentImage, Error> {
    if let Some(found) = known_locked_base(wanted, locked, options.codec, store)? {
        return Ok(found);
    }
    let note = note(locked);
    let kept = match vendored {
        Some(vendored) => unpack(vendored, &locked.layer, options, store)?,
        None => None,
    };
    let packed = match kept {
        Some(packed) => packed,
        None => {
            let options = BaseOptions {
                epoch: Some(locked.date),
                ..options
            };
            make(wanted, options, store)?.0
        }
    };
    if packed.diff_id != locked.layer {
        return Err(Error::Moved {
            what: format!("{} {}", wanted.distribution, wanted.suite),
            why: format!(
                "its packages make the base {}, {} is locked",
                packed.diff_id, locked.layer
            ),
        });
    }
    store.put_step(&key(wanted, &note, options.codec), &packed)?;
    let found = known(wanted, &note, options.codec, store)?;
    found.ok_or_else(|| Error::Parent {
        reference: wanted.suite.clone(),
        why: "the store lost it while it was made".to_owned(),
    })
}

/// The archive's release files that a base was made from.
pub(in crate::engine) fn releases(
    wanted: &Bootstrap,
    store: &Store,
) -> Result<BTreeMap<String, Digest>, Error> {
    let note = read_note(wanted, store)?;
    Ok(note.map(|note| note.release.files).unwrap_or_default())
}

/// Takes a base from where it is kept, compressed as it is wanted here.
fn unpack(
    vendored: &Vendored,
    layer: &Digest,
    options: BaseOptions<'_>,
    store: &Store,
) -> Result<Option<Packed>, Error> {
    let Some((descriptor, blobs)) = vendored.layer(layer) else {
        return Ok(None);
    };
    (options.say)("fetching the base that is kept");
    let mut scan = Scan::default();
    let packed = store.pack(options.codec, |writer| -> Result<(), Error> {
        let mut scan = scan.layer();
        let blob = blobs.open(descriptor)?;
        let limits = Limits::default();
        read_layer(
            blob,
            descriptor.media_type(),
            &limits,
            &mut |entry, content| {
                if wants(&entry) {
                    let mut bytes = Vec::new();
                    content
                        .read_to_end(&mut bytes)
                        .map_err(|source| crate::tree::Error::io("reading the base", source))?;
                    scan.entry(&entry, &mut bytes.as_slice())?;
                    writer.append(&entry, &mut bytes.as_slice())?;
                } else {
                    scan.entry(&entry, &mut std::io::empty())?;
                    writer.append(&entry, content)?;
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(())
    })?;
    note_scan(&packed.diff_id, &scan, store)?;
    Ok(Some(packed))
}
