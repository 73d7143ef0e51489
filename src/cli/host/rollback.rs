//! `terroir host rollback`: lets the image before start next.

use super::fail::fail;
use super::place::moment;
use crate::bootable::ostree::Origin;
use crate::cli::arguments::host::Rollback;
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::host::{Machine, Rolled, reboot, rollback as go_back};

/// Goes back to the image before, or stays with the one that runs.
pub(super) fn rollback(
    session: &Session,
    machine: &Machine,
    arguments: &Rollback,
) -> Result<(), Failure> {
    let rolled = go_back(machine, moment()).map_err(|error| fail(&error))?;
    let line = |text: &str, origin: &Option<Origin>| match origin {
        Some(origin) => {
            let (image, manifest) = (&origin.reference, origin.manifest);
            session.printer.line(format!("{text}: {image} {manifest}"));
        }
        None => session.printer.line(text),
    };
    match &rolled {
        Rolled::Dropped(origin) => line("the update was dropped; the running image stays", origin),
        Rolled::Stays(origin) => line("the running image starts next again", origin),
        Rolled::Back(origin) => line("the image before starts next", origin),
    }
    match (arguments.apply, rolled) {
        (true, Rolled::Back(_)) => reboot().map_err(|error| fail(&error)),
        _ => Ok(()),
    }
}
