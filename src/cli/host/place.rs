//! The machine that a verb is about, and what its owner says.

use std::path::Path;

use jiff::Timestamp;

use super::fail::fail;
use crate::cli::arguments::host::Host;
use crate::cli::context::environment::now;
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::host::{Configuration, Error, Machine, Manner, manner};
use crate::recipe::Sources;

/// What is to be worked on.
pub(super) enum Place {
    /// A machine with deployments.
    Machine(Box<Machine>),
    /// A machine that bootc updates.
    Bootc,
}

/// Finds the machine.
pub(super) fn find(arguments: &Host) -> Result<Place, Failure> {
    if let Some(folder) = &arguments.sysroot {
        let machine = Machine::at(folder, arguments.booted).map_err(|error| fail(&error))?;
        return Ok(Place::Machine(Box::new(machine)));
    }
    match manner(Path::new("/")).map_err(|error| fail(&error))? {
        Manner::Bootc => Ok(Place::Bootc),
        Manner::Ostree => {
            let machine = Machine::running().map_err(|error| fail(&error))?;
            Ok(Place::Machine(Box::new(machine)))
        }
    }
}

/// Reads the configuration of the machine; its texts are kept for showing errors.
pub(super) fn configuration(
    session: &Session,
    machine: &Machine,
) -> Result<Configuration, Failure> {
    Configuration::read(machine).map_err(|error| {
        if let Error::Configuration { file, text, .. } = &error {
            session.keep(&Sources::of(file, text));
        }
        fail(&error)
    })
}

/// The time.
pub(super) fn moment() -> Timestamp {
    Timestamp::try_from(now()).unwrap_or(Timestamp::UNIX_EPOCH)
}
