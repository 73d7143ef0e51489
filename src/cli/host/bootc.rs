//! `terroir host` on a machine that bootc updates.

use super::fail::fail;
use crate::cli::arguments::host::HostVerb;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::reference::reference;
use crate::host::{Bootc, Error, reboot};

/// Lets bootc do what a verb asks for.
pub(super) fn run(session: &Session, verb: &HostVerb) -> Result<(), Failure> {
    let said = |result: Result<String, Error>| {
        let text = result.map_err(|error| fail(&error))?;
        session.printer.line(text.trim_end());
        Ok(())
    };
    let apply = match verb {
        HostVerb::Status(_) => {
            let status = Bootc.status().map_err(|error| fail(&error))?;
            session.printer.json(&status);
            return Ok(());
        }
        HostVerb::Upgrade(arguments) if arguments.scheduled => {
            return Err(only_bootc(
                "bootc-fetch-apply-updates.timer has its schedule",
            ));
        }
        HostVerb::Upgrade(arguments) => {
            said(Bootc.upgrade(arguments.check))?;
            arguments.apply
        }
        HostVerb::Switch(arguments) => {
            said(Bootc.switch(&reference(&arguments.reference)?))?;
            arguments.apply
        }
        HostVerb::Rollback(arguments) => {
            said(Bootc.rollback())?;
            arguments.apply
        }
        HostVerb::History(_) => {
            return Err(only_bootc("the journal of the machine has its history"));
        }
        HostVerb::Health(_) => return Err(only_bootc("greenboot is what checks its health")),
    };
    match apply {
        true => reboot().map_err(|error| fail(&error)),
        false => Ok(()),
    }
}

fn only_bootc(hint: &str) -> Failure {
    let message = "bootc updates this machine, and terroir does nothing of this kind on it";
    Failure::say(Kind::Usage, message).hint(hint)
}
