//! A test of what tasks need: owners of files and overlay mounts.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

use crate::sandbox::{Isolation, Overlay, mount_overlay, unmount};

use super::error::TaskError;
use super::files::{new_folder, remove};
use super::task::Reply;

/// The same, inside of the namespaces.
pub(super) fn probe(folder: &Path, isolation: Isolation) -> Result<Reply, TaskError> {
    let place = |name: &str| folder.join(name);
    let names = ["lower", "upper", "work", "union"];
    for name in names {
        new_folder(&place(name))?;
    }
    let tried = try_in(folder, isolation);
    for name in names {
        remove(&place(name))?;
    }
    tried.map(|()| Reply::Done)
}

fn try_in(folder: &Path, isolation: Isolation) -> Result<(), TaskError> {
    let place = |name: &str| folder.join(name);
    let file = place("lower").join("file");
    fs::write(&file, "tried")?;
    if isolation != Isolation::SingleId {
        chown(&file, Some(1), Some(1))?;
    }
    if isolation == Isolation::Chroot {
        return Ok(());
    }
    mount_overlay(&Overlay {
        layers: &[place("lower")],
        upper: Some(&place("upper")),
        work: &place("work"),
        target: &place("union"),
    })?;
    let changed = fs::write(place("union").join("file"), "changed")
        .and_then(|()| place("upper").join("file").metadata());
    unmount(&place("union"))?;
    let owner = if isolation == Isolation::SingleId {
        0
    } else {
        1
    };
    match changed?.uid() == owner {
        true => Ok(()),
        false => Err(TaskError::Message(
            "a mount of layers does not keep who owns files".to_owned(),
            None,
        )),
    }
}
