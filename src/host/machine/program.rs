//! Programs of the machine.

use std::time::Duration;

use crate::host::error::Error;
use crate::process::{self, Program};

/// Runs a program and gives what it writes; a failing exit code is an error.
pub(in crate::host) fn says(
    name: &str,
    arguments: &[&str],
    limit: Duration,
) -> Result<String, Error> {
    let output = process::run(&Program {
        name,
        arguments,
        input: b"",
        search: None,
        limit,
    })?;
    if output.code == Some(0) {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Refused {
        command: [&[name], arguments].concat().join(" "),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Starts the machine again.
pub fn reboot() -> Result<(), Error> {
    says("systemctl", &["reboot"], Duration::from_secs(120)).map(drop)
}

/// The units that failed.
pub(in crate::host) fn failed_units() -> Result<Vec<String>, Error> {
    let arguments = [
        "list-units",
        "--state=failed",
        "--plain",
        "--no-legend",
        "--no-pager",
    ];
    let text = says("systemctl", &arguments, Duration::from_secs(60))?;
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}
