//! Disks, made where the ids of their files exist.

use std::io::Write as _;
use std::path::Path;

use super::error::{TaskError, causes};
use super::task::{DISK_STEP, Reply};
use crate::bootable::disk::{Order, make};
use crate::sandbox::{Confined, Isolation, run};

/// Makes a disk; what is being done goes to the log, a line each.
pub(super) fn disk(order: &Order, isolation: Isolation) -> Result<Reply, TaskError> {
    let say = |what: &str| {
        // Whoever reads it may be gone.
        let _ = writeln!(std::io::stderr(), "{DISK_STEP}{what}");
    };
    // Control groups of runs are named after the folder that this is in.
    let state = order.work.with_file_name("memory");
    let inside = |root: &Path, words: &[String]| command(root, words, (&state, isolation));
    match make(order, &say, &inside) {
        Ok(made) => Ok(Reply::Disk(made)),
        Err(error) => {
            let hint = error.hint();
            Err(TaskError::Message(causes(&error), hint))
        }
    }
}

/// Runs a command in a root; its output goes to the log.
fn command(
    root: &Path,
    words: &[String],
    (state, isolation): (&Path, Isolation),
) -> Result<(), String> {
    let environment = [("PATH", "/usr/sbin:/usr/bin"), ("LC_ALL", "C.UTF-8")];
    let confined = Confined {
        root,
        arguments: words,
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        directory: "/",
        user: (0, 0),
        groups: Vec::new(),
        network: false,
        binds: Vec::new(),
        only_chroot: isolation == Isolation::Chroot,
    };
    match run(&confined, state, &mut || true) {
        Ok(0) => Ok(()),
        Ok(code) => Err(format!("it ended with exit code {code}")),
        Err(error) => Err(causes(&error)),
    }
}
