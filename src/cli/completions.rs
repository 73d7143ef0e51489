//! `terroir completions`: what shells complete.

use super::arguments_command::command;
use super::arguments_machine::Completions;
use super::failure::Failure;
use super::session::Session;

/// Prints the completions of a shell.
pub(super) fn completions(session: &Session, arguments: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "terroir", &mut script);
    session
        .printer
        .line(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
