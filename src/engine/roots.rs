//! Layers unpacked once each, for the steps that need a root.

use std::path::PathBuf;

use serde_json::Value;

use super::error::Error;
use super::parent::ParentImage;
use super::prune::mark_used;
use super::run::chain;
use super::runner::Runner;
use super::target::Outside;
use super::task::{FlattenTask, Task, UnpackTask};
use crate::oci::{BlobSink as _, Descriptor, Digest};
use crate::sandbox::Isolation;

/// A layer: where its bytes are, and what they are uncompressed.
pub(super) type LayerId = (Descriptor, Digest);

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
fn fetch(layer: &Descriptor, outside: &Outside) -> Result<(), Error> {
    let store = outside.store();
    if store.has(layer)? {
        return Ok(());
    }
    outside.say("fetching a layer of the parent");
    let mut blob = outside.blobs().open(layer)?;
    Ok(store.put(layer, &mut blob)?)
}

/// The layers of a parent as steps see them: its records left out.
pub(super) fn of_parent(parent: &ParentImage) -> Vec<LayerId> {
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

/// The variables that an image's config states.
pub(super) fn environment(config: &Value) -> Vec<(String, String)> {
    let stated = config.pointer("/config/Env").and_then(Value::as_array);
    let split = |one: &Value| {
        let (name, value) = one.as_str()?.split_once('=')?;
        // No process can be given a variable without a name.
        (!name.is_empty() && !name.contains('\0') && !value.contains('\0'))
            .then(|| (name.to_owned(), value.to_owned()))
    };
    stated.into_iter().flatten().filter_map(split).collect()
}
