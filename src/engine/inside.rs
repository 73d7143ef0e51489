//! The work of the helper, inside its namespaces: unpacking, running, packing, removing.

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use super::inside_run::run;
use super::probe::probe;
use super::task::{FlattenTask, Reply, Task, UnpackTask};
use crate::oci::MediaType;
use crate::sandbox::Isolation;
use crate::store::Store;
use crate::tree::{Limits, Ownership, unpack_lower};

/// Why a task could not be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A reply that says it already.
    Said(Reply),
    /// A message with a hint.
    Message(String, Option<String>),
}

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Message(causes(&error), None)
    }
}

/// Does a task and answers.
#[must_use]
pub fn work(request: &[u8]) -> Vec<u8> {
    let task: Result<Task, _> = serde_json::from_slice(request);
    let reply = match task.map_err(Trouble::from).and_then(carry_out) {
        Ok(reply) | Err(Trouble::Said(reply)) => reply,
        Err(Trouble::Message(message, hint)) => Reply::Error { message, hint },
    };
    serde_json::to_vec(&reply).unwrap_or_default()
}

fn carry_out(task: Task) -> Result<Reply, Trouble> {
    match task {
        Task::Unpack(layers) => {
            layers.iter().try_for_each(unpack)?;
            Ok(Reply::Done)
        }
        Task::Flatten(layers) => flatten(&layers),
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

pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Who owns what is unpacked in an isolation.
pub(super) fn ownership(isolation: Isolation) -> Ownership {
    match isolation {
        Isolation::SingleId => Ownership::Noted,
        Isolation::Namespaces | Isolation::Chroot => Ownership::Keep,
    }
}

fn unpack(layer: &UnpackTask) -> Result<(), Trouble> {
    let blob = File::open(&layer.blob)?;
    let media_type = MediaType::from(layer.media_type.as_str());
    new_folder(&layer.into)?;
    let ownership = ownership(layer.isolation);
    let found = unpack_lower(blob, &media_type, &layer.below, &layer.into, ownership)?;
    if found.is_some_and(|found| found != layer.diff_id) {
        let message = format!("a layer of the parent is not {}", layer.diff_id);
        return Err(Trouble::Message(message, None));
    }
    settle_into(&layer.into, &layer.place)
}

fn flatten(task: &FlattenTask) -> Result<Reply, Trouble> {
    new_folder(&task.into)?;
    let store = Store::open(&task.store)?;
    let limits = Limits::default();
    crate::tree::unpack(&task.layers, &store, &task.into, Ownership::Keep, &limits)?;
    settle_into(&task.into, &task.place)?;
    Ok(Reply::Done)
}

/// Gives an unpacked layer its place; one that somebody else put there meanwhile is as good.
pub(super) fn settle_into(from: &Path, place: &Path) -> Result<(), Trouble> {
    if let Some(above) = place.parent() {
        fs::create_dir_all(above)?;
    }
    match fs::rename(from, place) {
        Err(_) if place.is_dir() => remove(from),
        other => Ok(other?),
    }
}

pub(super) fn new_folder(path: &Path) -> Result<(), Trouble> {
    fs::DirBuilder::new().mode(0o755).create(path)?;
    // Whatever the umask is: this becomes the directory `/` of a root.
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o755),
    )?)
}

pub(super) fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            Ok(fs::remove_file(path)?)
        }
        other => Ok(other?),
    }
}
