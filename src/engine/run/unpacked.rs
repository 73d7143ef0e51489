//! Layers unpacked once each, for the steps that need a root.

use std::path::PathBuf;

use crate::engine::error::Error;
use crate::engine::helper::{FlattenTask, Task, UnpackTask};
use crate::engine::outside::Outside;
use crate::engine::parent::{LayerId, chain};
use crate::engine::runner::{Runner, mark_used};
use crate::oci::{BlobSink as _, Descriptor, Digest};
use crate::sandbox::Isolation;

/// Gives the folders of unpacked layers, the lowest first; fetches and unpacks what is missing.
pub(super) fn unpacked(
    layers: &[LayerId],
    runner: &Runner,
    outside: &Outside,
) -> Result<Vec<PathBuf>, Error> {
    if runner.isolation == Isolation::Chroot {
        return flattened(layers, runner, outside).map(|flat| vec![flat]);
    }
    let store = outside.store();
    let roots = runner.roots(store)?;
    let place = |id: &Digest| roots.join(id.hex());
    let mut missing = Vec::new();
    let mut below = Vec::new();
    for (layer, diff_id) in layers {
        let folder = place(diff_id);
        // Unpacked layers appear in their place whole.
        mark_used(&folder);
        if !folder.is_dir() && !below.contains(&folder) {
            fetch(layer, outside)?;
            missing.push((layer, diff_id, below.clone()));
        }
        below.push(folder);
    }
    if missing.is_empty() {
        return Ok(below);
    }
    outside.say("unpacking the parent");
    let folder = runner.folder(store)?;
    let task =
        |(number, (layer, diff_id, below)): (usize, (&Descriptor, &Digest, Vec<PathBuf>))| {
            let digest = layer.digest().to_string().parse();
            digest.ok().map(|digest| UnpackTask {
                blob: store.blob(&digest),
                media_type: layer.media_type().to_string(),
                diff_id: *diff_id,
                below,
                into: folder.path().join(number.to_string()),
                place: place(diff_id),
                isolation: runner.isolation,
            })
        };
    let tasks = missing.into_iter().enumerate().filter_map(task).collect();
    runner.ask(&Task::Unpack(tasks), None, ("unpacking", &[]))?;
    Ok(below)
}

/// Gives the folder in which all layers are unpacked onto each other.
fn flattened(layers: &[LayerId], runner: &Runner, outside: &Outside) -> Result<PathBuf, Error> {
    let store = outside.store();
    let place = runner.roots(store)?.join(chain(layers).hex());
    mark_used(&place);
    if place.is_dir() {
        return Ok(place);
    }
    for (layer, _) in layers {
        fetch(layer, outside)?;
    }
    outside.say("unpacking the parent");
    let folder = runner.folder(store)?;
    let task = Task::Flatten(FlattenTask {
        store: store.path().to_path_buf(),
        layers: layers.iter().map(|(layer, _)| layer.clone()).collect(),
        into: folder.path().join("flat"),
        place: place.clone(),
    });
    runner.ask(&task, None, ("unpacking", &[]))?;
    Ok(place)
}

/// Brings a layer into the store, from wherever its image came.
pub(super) fn fetch(layer: &Descriptor, outside: &Outside) -> Result<(), Error> {
    let store = outside.store();
    if store.has(layer)? {
        return Ok(());
    }
    outside.say("fetching a layer");
    let mut blob = outside.blobs().open(layer)?;
    Ok(store.put(layer, &mut blob)?)
}
