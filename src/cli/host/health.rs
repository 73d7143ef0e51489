//! `terroir host health`: confirms a new image, or goes back.

use super::fail::fail;
use super::place::{configuration, moment};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::host::{Configuration, Machine, Tended, Verdict, health as check, tend};

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
        Ok(Verdict::Nothing) => {
            line("nothing is to be confirmed");
            boot_loader(session, machine, &configuration);
        }
        Ok(Verdict::Healthy) => {
            line("the new image works and is confirmed");
            boot_loader(session, machine, &configuration);
        }
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

/// Looks after the boot loader; nothing that goes wrong there is helped by starting again.
fn boot_loader(session: &Session, machine: &Machine, configuration: &Configuration) {
    match tend(machine, configuration, moment()) {
        Ok(Tended::Nothing) => {}
        Ok(Tended::Cannot(why)) => session.printer.detail(&format!("boot loader: {why}")),
        Ok(Tended::Done(what)) => session.printer.line(format!("boot loader: {what}")),
        Err(error) => session.printer.note(&format!(
            "warning: the boot loader stays as it is: {}",
            fail(&error)
        )),
    }
}
