//! The entry point of the helper: it reads a task, does it and answers.

use std::fs::File;

use crate::oci::MediaType;
use crate::store::Store;
use crate::tree::{Limits, Ownership, unpack_lower};

use super::disk::disk;
use super::error::TaskError;
use super::files::{new_folder, ownership, remove, settle_into};
use super::probe::probe;
use super::run::run;
use super::task::{FlattenTask, Reply, Task, UnpackTask};

/// Does a task and answers.
#[must_use]
pub fn work(request: &[u8]) -> Vec<u8> {
    let task: Result<Task, _> = serde_json::from_slice(request);
    let reply = match task.map_err(TaskError::from).and_then(carry_out) {
        Ok(reply) | Err(TaskError::Said(reply)) => reply,
        Err(TaskError::Message(message, hint)) => Reply::Error { message, hint },
    };
    serde_json::to_vec(&reply).unwrap_or_default()
}

fn carry_out(task: Task) -> Result<Reply, TaskError> {
    match task {
        Task::Unpack(layers) => {
            layers.iter().try_for_each(unpack)?;
            Ok(Reply::Done)
        }
        Task::Flatten(layers) => flatten(&layers),
        Task::Disk(order, isolation) => disk(&order, isolation),
        Task::Run(task) => run(&task),
        Task::Probe(folder, isolation) => probe(&folder, isolation),
        Task::Remove(paths) => {
            for path in paths {
                remove(&path)?;
            }
            Ok(Reply::Done)
        }
    }
}

fn unpack(layer: &UnpackTask) -> Result<(), TaskError> {
    let blob = File::open(&layer.blob)?;
    let media_type = MediaType::from(layer.media_type.as_str());
    new_folder(&layer.into)?;
    let ownership = ownership(layer.isolation);
    let found = unpack_lower(blob, &media_type, &layer.below, &layer.into, ownership)?;
    if found.is_some_and(|found| found != layer.diff_id) {
        let message = format!("a layer of the parent is not {}", layer.diff_id);
        return Err(TaskError::Message(message, None));
    }
    settle_into(&layer.into, &layer.place)
}

fn flatten(task: &FlattenTask) -> Result<Reply, TaskError> {
    new_folder(&task.into)?;
    let store = Store::open(&task.store)?;
    let limits = Limits::default();
    crate::tree::unpack(&task.layers, &store, &task.into, Ownership::Keep, &limits)?;
    settle_into(&task.into, &task.place)?;
    Ok(Reply::Done)
}
