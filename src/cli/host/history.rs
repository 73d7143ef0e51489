//! `terroir host history`: what happened on the machine.

use super::fail::fail;
use crate::cli::arguments::host::History;
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::host::{Machine, events};

/// Shows what happened, the oldest first.
pub(super) fn history(
    session: &Session,
    machine: &Machine,
    arguments: &History,
) -> Result<(), Failure> {
    let events = events(machine).map_err(|error| fail(&error))?;
    if arguments.print.format == Format::Json {
        session.printer.json(&events);
        return Ok(());
    }
    for event in &events {
        let (when, what) = (event.when, event.what.name());
        let line = format!("{when:.0}  {what:<14}  {} {}", event.image, event.manifest);
        session.printer.line(line.trim_end());
        for why in &event.why {
            session.printer.line(format!("  {why}"));
        }
    }
    Ok(())
}
