//! `terroir host health`: confirms a new image, or goes back.

use super::fail::fail;
use super::place::{configuration, moment};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::host::{Configuration, Machine, Verdict, health as check};

/// Looks after a new image; fails only where starting again is what helps.
pub(super) fn health(session: &Session, machine: &Machine) -> Result<(), Failure> {
    // A mistake in the file must not cost the machine its new image.
    let configuration = configuration(session, machine).unwrap_or_else(|failure| {
        match &failure.place {
            Some(place) => {
                let shown = std::slice::from_ref(place.as_ref());
                session.printer.diagnostics(shown, &session.sources());
            }
            None => session.printer.error(&failure.to_string()),
        }
        Configuration::default()
    });
    let line = |text: &str| session.printer.line(text);
    let list = |why: &[String]| why.iter().for_each(|one| line(&format!("  {one}")));
    match check(machine, &configuration, moment()) {
        Ok(Verdict::Nothing) => line("nothing is to be confirmed"),
        Ok(Verdict::Healthy) => line("the new image works and is confirmed"),
        Ok(Verdict::WentBack { why }) => {
            line("the new image did not work; the one before stays:");
            list(&why);
        }
        Ok(Verdict::NoWayBack { why }) => {
            line("the image does not work, and there is no other to go back to:");
            list(&why);
        }
        Ok(Verdict::Unhealthy { why, tries }) => {
            list(&why);
            let message = format!("the new image does not work; tries left: {tries}");
            return Err(Failure::say(Kind::No, message));
        }
        Err(error) if machine.is_fallback() => {
            session.printer.error(&fail(&error).to_string());
        }
        Err(error) => return Err(fail(&error)),
    }
    Ok(())
}
