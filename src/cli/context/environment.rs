//! The environment and the clock: read only here, and passed on as values.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::cli::output::failure::{Failure, Kind};

/// Looks a variable of the environment up.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(in crate::cli) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The same as text; a value that is no text counts as not set.
pub(in crate::cli) fn text_variable(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// The day, by which exceptions expire.
pub(in crate::cli) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock is read in cli and passed on as a value"
)]
pub(in crate::cli) fn now() -> SystemTime {
    SystemTime::now()
}

pub(in crate::cli) fn default_store() -> Result<PathBuf, Failure> {
    if rustix::process::geteuid().is_root() {
        return Ok("/var/lib/terroir".into());
    }
    let data = variable("XDG_DATA_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    data.or_else(home)
        .map(|data| data.join("terroir"))
        .ok_or_else(|| {
            Failure::say(Kind::Usage, "there is no place for the store")
                .hint("name one with --store or set HOME")
        })
}
