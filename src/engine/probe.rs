//! A try of what steps need of the machine: namespaces, owners, overlay mounts.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

use super::error::RunError;
use super::inside::{Trouble, new_folder, remove};
use super::runner::Runner;
use super::task::{Reply, Task};
use crate::sandbox::{Isolation, Overlay, mount_overlay, unmount};

/// How long the try may take, in seconds.
const LIMIT: u64 = 20;

impl Runner {
    /// Tries in an empty folder what the steps of a build do: enters the namespaces, gives files to
    /// other ids, mounts layers and writes into the mount. The folder is left as it was.
    pub fn probe(&self, folder: &Path) -> Result<(), RunError> {
        let task = Task::Probe(folder.to_path_buf(), self.isolation);
        self.ask(&task, Some(LIMIT), ("trying the sandbox", &[]))
            .map(drop)
    }
}

/// The same, inside of the namespaces.
pub(super) fn probe(folder: &Path, isolation: Isolation) -> Result<Reply, Trouble> {
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

fn try_in(folder: &Path, isolation: Isolation) -> Result<(), Trouble> {
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
        false => Err(Trouble::Message(
            "a mount of layers does not keep who owns files".to_owned(),
            None,
        )),
    }
}
