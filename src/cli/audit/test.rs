//! `terroir test`: the tests of a flavour and of its ancestors, run on a target.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::root::{Audited, Place, again, read};
use crate::audit::{Ended, Format, TestOutcome, TestReport, Tested, evaluate, files_read};
use crate::cli::arguments::audit::Test;
use crate::cli::arguments::options::Compression;
use crate::cli::context::runner::runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::engine::{Outside, Reach, Runner, Trial};
use crate::host::try_here;
use crate::recipe::{CommandTest, Expectation};

/// The target that the running system is.
const RUNNING: &str = "dir:/";

/// How results are told.
pub(in crate::cli) struct Telling<'a> {
    /// The format of what is printed.
    pub format: Format,
    /// A file to write instead of the standard output.
    pub output: Option<&'a PathBuf>,
    /// Further files.
    pub reports: &'a [(Format, PathBuf)],
}

/// Runs all tests and tells what came of them.
pub(in crate::cli) fn test(session: &Session, arguments: &Test) -> Result<(), Failure> {
    if arguments.live && arguments.target != RUNNING {
        let message = format!(
            "--live tests the system that runs, not {}",
            arguments.target
        );
        return Err(Failure::say(Kind::Usage, message).hint("write `terroir test --live dir:/`"));
    }
    let telling = Telling {
        format: arguments.format,
        output: arguments.output.as_ref(),
        reports: &arguments.reports,
    };
    telling.check()?;
    let store = session.store_for(&arguments.target)?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let runner = runner(session, &arguments.confinement, None);
    let outside = session
        .outside(store, Reach::Missing, Compression::Zstd)
        .confining(runner.isolation);
    let target = (arguments.target.as_str(), arguments.platform.as_ref());
    let mut audited = read(session, &outside, target)?;
    let Some(record) = audited.record.clone() else {
        return Err(without_tests(&arguments.target));
    };
    let wanted = files_read(&record.tests, &audited.root);
    if !wanted.is_empty() {
        audited = again(audited, wanted)?;
    }
    let watch = watch_signals(&runner.stop)?;
    let tested = match arguments.live {
        true => tested_live(&record.tests, &audited, runner.limit),
        false => tested(&record.tests, &audited, (&runner, &outside))?,
    };
    drop(watch);
    let heading = (arguments.target.clone(), audited.digest.clone());
    let report = TestReport::new(heading, record.flavour().name.clone(), tested);
    telling.tell(session, &report)
}

/// The failure for a target that has no tests.
pub(in crate::cli) fn without_tests(target: &str) -> Failure {
    let message = format!("nothing states tests of {target}");
    Failure::say(Kind::Usage, message)
        .hint("tests stand in recipes and layers, and travel with the images of terroir")
}

/// The tests, their commands run in the system that runs.
fn tested_live(tests: &[Expectation], audited: &Audited, limit: Duration) -> Vec<Tested> {
    let mut run = |test: &CommandTest| try_here(&test.run, &test.env, limit);
    let tests = tests.iter();
    tests
        .map(|one| evaluate(one, &audited.root, &mut run))
        .collect()
}

fn tested(
    tests: &[Expectation],
    audited: &Audited,
    (runner, outside): (&Runner, &Outside),
) -> Result<Vec<Tested>, Failure> {
    let mut trial: Option<Trial<'_>> = None;
    let mut run = |test: &CommandTest| -> Result<Ended, Failure> {
        let held = match trial.take() {
            Some(held) => held,
            // Only now, and once, is anything unpacked.
            None => match &audited.place {
                Place::Folder(folder) => Trial::of_folder(&absolute(folder), (runner, outside)),
                Place::Image(image, source) => {
                    Trial::of_image(image, source.as_ref(), (runner, outside))
                        .map_err(|error| fail(&error))?
                }
            },
        };
        let tried = held.run(&test.run, &test.env);
        trial = Some(held);
        let tried = tried.map_err(|error| fail(&error))?;
        Ok(Ended {
            code: tried.code,
            out: String::from_utf8_lossy(&tried.out).into_owned(),
            err: String::from_utf8_lossy(&tried.err).into_owned(),
        })
    };
    let tests = tests.iter().map(|one| {
        let mut run = |test: &CommandTest| run(test).map_err(|failure| failure.message);
        evaluate(one, &audited.root, &mut run)
    });
    Ok(tests.collect())
}

fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf())
}

impl Telling<'_> {
    /// Refuses formats that only audits have.
    pub(in crate::cli) fn check(&self) -> Result<(), Failure> {
        let formats = self.reports.iter().map(|(format, _)| *format);
        let of_tests = [Format::Text, Format::Json, Format::Junit];
        let mut formats = formats.chain([self.format]);
        match formats.find(|format| !of_tests.contains(format)) {
            None => Ok(()),
            Some(format) => {
                let message = format!("tests cannot be reported as {format}");
                Err(Failure::say(Kind::Usage, message).hint("write text, json or junit"))
            }
        }
    }

    /// Writes the results, files first, which are read when the answer is no; a test that does not
    /// hold is the answer no.
    pub(in crate::cli) fn tell(
        &self,
        session: &Session,
        report: &TestReport,
    ) -> Result<(), Failure> {
        session.printer.clear();
        let write = |format: Format| report.write(format).unwrap_or_default();
        let text = write(self.format);
        for (format, file) in self.reports {
            write_file(file, &write(*format))?;
        }
        match self.output {
            Some(file) => write_file(file, &text)?,
            None => session.printer.line(text.trim_end()),
        }
        match report.tests.len() - report.count(TestOutcome::Pass) {
            0 => Ok(()),
            1 => Err(Failure::say(Kind::No, "1 test does not hold")),
            count => Err(Failure::say(Kind::No, format!("{count} tests do not hold"))),
        }
    }
}
