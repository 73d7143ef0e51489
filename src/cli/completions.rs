//! `terroir completions`: the completions of a shell.

use super::arguments::command::command;
use super::arguments::machine::Completions;
use super::context::session::Session;
use super::output::failure::Failure;

/// Prints the completions of a shell.
pub(super) fn completions(session: &Session, arguments: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "terroir", &mut script);
    session
        .printer
        .line(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
