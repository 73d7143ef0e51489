//! `terroir boot --test`: the tests of a flavour, run inside the machine.

use std::path::PathBuf;
use std::time::Duration;

use super::started::{Started, failure, is_disk};
use crate::audit::TestReport;
use crate::bootable::machine::{Inside, Ran, run_tests};
use crate::cli::arguments::machine_image::Boot;
use crate::cli::arguments::options::Compression;
use crate::cli::audit::root::read;
use crate::cli::audit::test::{Telling, without_tests};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Reach;
use crate::package::Installed;

/// The first systemd that takes units as credentials.
const SYSTEMD: u32 = 256;

/// The tests of a machine.
pub(super) struct Tests {
    /// What the machine is given for them.
    pub inside: Inside,
    /// The digest of the image; none for the file of a disk.
    digest: Option<String>,
}

impl Tests {
    /// Looks whether a target has tests that a machine can run.
    pub(super) fn new(
        session: &Session,
        arguments: &Boot,
        architecture: &str,
    ) -> Result<Self, Failure> {
        let program = match &arguments.program {
            Some(program) => program.clone(),
            None => own()?,
        };
        let inside = Inside::new(&program, architecture).map_err(|error| failure(&error))?;
        let digest = match is_disk(&arguments.target) {
            true => None,
            false => examined(session, arguments)?,
        };
        Ok(Self { inside, digest })
    }

    /// Runs the tests and tells what came of them.
    pub(super) fn run(
        &self,
        session: &Session,
        started: &Started<'_>,
        arguments: &Boot,
    ) -> Result<(), Failure> {
        let limit = Duration::from_secs(arguments.test.unwrap_or_default());
        let console = started.console(arguments);
        session.printer.progress("waiting for the tests");
        let wished = || started.stop.wished();
        let ran = run_tests(started.guest, started.folder, (&console, limit), &wished);
        let ran = ran.map_err(|error| failure(&error))?;
        let target = arguments.target.clone();
        let report = match read_report(&ran) {
            Some(report) if report.tests.is_empty() => return Err(without_tests(&target)),
            Some(report) => TestReport {
                target,
                digest: self.digest.clone(),
                ..report
            },
            None => return Err(not_run(&target, &ran)),
        };
        telling(arguments).tell(session, &report)
    }
}

/// How the results are told.
pub(super) fn telling(arguments: &Boot) -> Telling<'_> {
    Telling {
        format: arguments.format,
        output: arguments.output.as_ref(),
        reports: &arguments.reports,
    }
}

/// This very program.
fn own() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| {
        Failure::new(Kind::Outside, &error).hint("name the program with --program")
    })
}

/// Looks into the image of a target, and gives its digest.
fn examined(session: &Session, arguments: &Boot) -> Result<Option<String>, Failure> {
    let target = &arguments.target;
    let store = session.store_for(target)?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let outside = session.outside(store, Reach::Missing, Compression::Zstd);
    let audited = read(session, &outside, (target, arguments.platform.as_ref()))?;
    let tests = audited.record.as_ref().map(|record| record.tests.len());
    if tests.unwrap_or_default() == 0 {
        return Err(without_tests(target));
    }
    let installed = Installed::of(&audited.root).ok().flatten();
    let version = installed.and_then(|all| all.version("systemd").map(str::to_owned));
    match version.as_deref().and_then(major) {
        Some(major) if major < SYSTEMD => {
            let message =
                format!("the image has systemd {major}, tests inside a machine need {SYSTEMD}");
            Err(Failure::say(Kind::Usage, message)
                .hint("`terroir test` runs the tests on the image, without a machine"))
        }
        _ => Ok(audited.digest),
    }
}

/// The first number of a version.
fn major(version: &str) -> Option<u32> {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let end = version.find(|c: char| !c.is_ascii_digit());
    version.get(..end.unwrap_or(version.len()))?.parse().ok()
}

fn read_report(ran: &Ran) -> Option<TestReport> {
    serde_json::from_str(&ran.report).ok()
}

/// The failure when the program on the machine gave no report.
fn not_run(target: &str, ran: &Ran) -> Failure {
    if ran.said.contains("nothing states tests of") {
        return without_tests(target);
    }
    let said = ran.said.trim_start_matches("error: ");
    Failure::say(
        Kind::Outside,
        format!("the machine could not run the tests: {said}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_version_is_read() {
        let cases = [
            ("257.8-1~deb13u2", Some(257)),
            ("1:252.36-1", Some(252)),
            ("256", Some(256)),
            ("~rc", None),
        ];
        for (version, expected) in cases {
            assert_eq!(major(version), expected, "{version}");
        }
    }
}
