//! `terroir host`: runs one of its verbs.

use super::place::{Place, find};
use super::{bootc, health, history, rollback, status, upgrade};
use crate::cli::arguments::host::{Host, HostVerb};
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;

/// Runs a verb of `terroir host`.
pub(in crate::cli) fn host(session: &Session, arguments: &Host) -> Result<(), Failure> {
    let machine = match (find(arguments), &arguments.verb) {
        (Ok(Place::Machine(machine)), _) => machine,
        (Ok(Place::Bootc), verb) => return bootc::run(session, verb),
        // The unit starts the machine again when this fails, which would help nobody.
        (Err(failure), HostVerb::Health(_)) => {
            session.printer.error(&failure.to_string());
            return Ok(());
        }
        (Err(failure), _) => return Err(failure),
    };
    match &arguments.verb {
        HostVerb::Status(arguments) => status::status(session, &machine, arguments),
        HostVerb::Upgrade(arguments) => upgrade::upgrade(session, &machine, arguments),
        HostVerb::Switch(arguments) => upgrade::switch(session, &machine, arguments),
        HostVerb::Rollback(arguments) => rollback::rollback(session, &machine, arguments),
        HostVerb::History(arguments) => history::history(session, &machine, arguments),
        HostVerb::Health(_) => health::health(session, &machine),
    }
}
