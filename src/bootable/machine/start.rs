//! The start of a machine, its way to readiness, and its end.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::console::{last_lines, read};
use super::error::Error;
use super::guest::{Console, Guest, monitor, port};
use super::port::{Ran, Stage, stage};
use super::program;
use super::report::Report;
use super::watch::{Machine, SHOWN};
use crate::process::{Beside, run_here};

/// How long a machine may take to switch itself off.
const OFF: Duration = Duration::from_secs(120);

/// Runs a machine whose console is the terminal, until it ends or `stop` tells that somebody wants an
/// end.
///
/// # Errors
/// Something that is missing on this machine.
pub fn run_on_terminal(guest: &Guest, folder: &Path, stop: &dyn Fn() -> bool) -> Result<(), Error> {
    let program = needed(guest)?;
    let _tpm = tpm(guest, folder)?;
    let words = guest.arguments(folder, Console::Terminal)?;
    match run_here(program, &words, stop)? {
        Some(0) | None => Ok(()),
        Some(code) => Err(Error::Ended {
            said: format!("{program} ended with exit code {code}"),
        }),
    }
}

/// Runs a machine until it says that it is ready, then ends it.
///
/// `console` is the file that its console goes to, `stop` tells that somebody wants an end.
///
/// # Errors
/// Something that is missing on this machine, a machine that ends or does not become ready.
pub fn wait_until_ready(
    guest: &Guest,
    folder: &Path,
    (console, limit): (&Path, Duration),
    stop: &dyn Fn() -> bool,
) -> Result<Report, Error> {
    wait(guest, folder, (console, stop), &mut |late| {
        let said = read(console);
        if let Some(report) = Report::find(&said).map_err(Error::Report)? {
            return Ok(Some(report));
        }
        match late > limit {
            false => Ok(None),
            true => Err(Error::TimedOut {
                limit,
                said: last_lines(&said, SHOWN),
            }),
        }
    })
}

/// Runs a machine until the tests in it have ended, then ends it; as [`wait_until_ready`] does.
///
/// # Errors
/// The same, a program that does not run on the machine, and tests that do not end.
pub fn run_tests(
    guest: &Guest,
    folder: &Path,
    (console, limit): (&Path, Duration),
    stop: &dyn Fn() -> bool,
) -> Result<Ran, Error> {
    let port = port(folder);
    wait(
        guest,
        folder,
        (console, stop),
        &mut |late| match stage(&port) {
            Stage::Ended(ran) => Ok(Some(ran)),
            Stage::Unfit(why) => Err(Error::Unfit(why)),
            Stage::Nothing | Stage::Begun if late <= limit => Ok(None),
            Stage::Begun => Err(Error::Endless(limit)),
            Stage::Nothing => Err(Error::NotBegun {
                limit,
                said: last_lines(&read(console), SHOWN),
            }),
        },
    )
}

/// Runs a machine until `look` finds what is waited for, then ends it; `look` is told how long the
/// machine runs already.
fn wait<T>(
    guest: &Guest,
    folder: &Path,
    (console, stop): (&Path, &dyn Fn() -> bool),
    look: &mut dyn FnMut(Duration) -> Result<Option<T>, Error>,
) -> Result<T, Error> {
    let program = needed(guest)?;
    let _tpm = tpm(guest, folder)?;
    let words = guest.arguments(folder, Console::File(console))?;
    let machine = Machine {
        command: (program, &words),
        folder,
        console,
    };
    machine.run(stop, look, &mut |machine| {
        if guest.write {
            switch_off(machine, folder);
        }
    })
}

/// Lets a machine write out what it holds; one that does not end is ended all the same.
fn switch_off(machine: &mut Beside, folder: &Path) {
    let asked = UnixStream::connect(monitor(folder))
        .and_then(|mut stream| stream.write_all(b"system_powerdown\n").map(|()| stream));
    // The connection stays until the machine is off.
    if let Ok(_stream) = asked {
        machine.wait(OFF);
    }
}

/// The emulator, once nothing is missing.
fn needed(guest: &Guest) -> Result<&'static str, Error> {
    let tpm = guest.tpm.as_ref().map(|_| ("swtpm", "swtpm"));
    program::needed(&guest.architecture, tpm)
}

/// Starts the TPM of a machine that has one.
fn tpm(guest: &Guest, folder: &Path) -> Result<Option<Beside>, Error> {
    guest.tpm.as_ref().map(|tpm| tpm.start(folder)).transpose()
}
