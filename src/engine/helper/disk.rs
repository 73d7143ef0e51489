//! Disks, made where the ids of their files exist.

use std::io::Write as _;

use super::error::TaskError;
use super::task::{DISK_STEP, Reply};
use crate::bootable::disk::{Order, make};

/// Makes a disk; what is being done goes to the log, a line each.
pub(super) fn disk(order: &Order) -> Result<Reply, TaskError> {
    let say = |what: &str| {
        // Whoever reads it may be gone.
        let _ = writeln!(std::io::stderr(), "{DISK_STEP}{what}");
    };
    match make(order, &say) {
        Ok(made) => Ok(Reply::Disk(made)),
        Err(error) => {
            let hint = error.hint();
            Err(TaskError::Message(super::error::causes(&error), hint))
        }
    }
}
