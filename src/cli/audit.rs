//! `terroir audit`: a target held against a benchmark.

use jiff::civil::Date;

use super::arguments::Compression;
use super::arguments_audit::Audit;
use super::audit_diff::diff;
use super::audited::{Audited, read};
use super::failure::{Failure, Kind};
use super::output_file::write_file;
use super::session::{Session, today};
use crate::audit::{
    Benchmark, BenchmarkError, Choices, Heading, Known, Profile, Report, Said, examine,
};
use crate::engine::Reach;

/// Days before its end at which an exception is warned of.
const SOON: i64 = 30;

/// Audits a target and tells what was found.
pub(super) fn audit(session: &Session, arguments: &Audit) -> Result<(), Failure> {
    if let Some(old) = &arguments.diff {
        return diff(session, old, arguments);
    }
    let report = audited_report(session, &arguments.target, arguments)?;
    session.printer.clear();
    tell(session, &report, arguments)?;
    conclude(session, &report, arguments.threshold)
}

/// The report of a target.
pub(super) fn audited_report(
    session: &Session,
    target: &str,
    arguments: &Audit,
) -> Result<Report, Failure> {
    let outside = session.outside(
        session.store_for(target)?,
        Reach::Missing,
        Compression::Zstd,
    );
    let audited = read(session, &outside, (target, arguments.platform.as_ref()))?;
    report(&audited, target, arguments)
}

fn report(audited: &Audited, target: &str, arguments: &Audit) -> Result<Report, Failure> {
    let profile: Profile = arguments.profile.parse().map_err(|hint: String| {
        let message = format!("there is no profile `{}`", arguments.profile);
        Failure::say(Kind::Usage, message).hint(hint)
    })?;
    let name = match &arguments.benchmark {
        Some(name) => name.as_str(),
        None => Benchmark::of_distribution(&audited.facts).map_err(|error| fail(&error))?,
    };
    let mut choices = stated(&arguments.choices)?;
    let umbrella = Benchmark::umbrella().map_err(|error| fail(&error))?;
    let record = audited.record.as_deref();
    let said = Said::of(&umbrella, record);
    choices
        .complete(&umbrella, &said, &audited.root)
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let wanted = (arguments.level, profile);
    let benchmark = Benchmark::read(name, wanted, &audited.facts, (choices, &said))
        .map_err(|error| fail(&error))?;
    let today = arguments.date.unwrap_or_else(today);
    let known = Known {
        claims: record.map(|record| &record.settings),
        exceptions: record.map_or(&[], |record| &record.exceptions),
        today,
    };
    let findings = examine(&benchmark, &audited.root, known);
    Ok(Report::new(
        heading(audited, target, today),
        &benchmark,
        findings,
    ))
}

fn heading(audited: &Audited, target: &str, today: Date) -> Heading {
    Heading {
        target: target.to_owned(),
        digest: audited.digest.clone(),
        flavour: audited
            .record
            .as_ref()
            .map(|record| record.flavour().name.clone()),
        distribution: audited.distribution.clone(),
        date: today.to_string(),
    }
}

/// Reads `NAME=VALUE`.
fn stated(texts: &[String]) -> Result<Choices, Failure> {
    let mut choices = Choices::default();
    for text in texts {
        choices.add(text).map_err(|hint| {
            Failure::say(Kind::Usage, format!("`{text}` answers no choice")).hint(hint)
        })?;
    }
    Ok(choices)
}

fn fail(error: &BenchmarkError) -> Failure {
    let failure = Failure::say(Kind::Usage, error.to_string());
    match error {
        BenchmarkError::Unknown { hint, .. } | BenchmarkError::Choice { hint, .. } => {
            failure.hint(hint.clone())
        }
        BenchmarkError::Distribution(_) => failure.hint(format!(
            "name one with --benchmark: {}",
            Benchmark::names().join(", ")
        )),
        BenchmarkError::Layer(problems) => match problems.first() {
            Some(problem) => Failure::say(Kind::Usage, format!("{error}: {}", problem.message)),
            None => failure,
        },
    }
}

/// Writes the report in every format that was asked for; files first, which are read when the
/// answer is no.
fn tell(session: &Session, report: &Report, arguments: &Audit) -> Result<(), Failure> {
    for (format, file) in &arguments.reports {
        write_file(file, &format.write(report))?;
    }
    let text = arguments.format.write(report);
    match &arguments.output {
        Some(file) => write_file(file, &text),
        None => {
            session.printer.line(text.trim_end());
            Ok(())
        }
    }
}

/// Warns of exceptions that end, and gives the answer.
fn conclude(session: &Session, report: &Report, threshold: f64) -> Result<(), Failure> {
    let mut expired = 0;
    for finding in report.expiring(SOON) {
        let Some(exception) = &finding.exception else {
            continue;
        };
        let ends = match exception.days_left {
            left if left < 0 => {
                expired += 1;
                format!("expired on {}", exception.expires)
            }
            left => format!("ends in {left} days"),
        };
        session.printer.note(&format!(
            "warning: the exception from {} {ends}; its owner is {}",
            finding.number, exception.owner
        ));
    }
    if expired > 0 {
        let s = if expired == 1 { "" } else { "s" };
        let message = format!("{expired} exception{s} expired");
        return Err(Failure::say(Kind::No, message)
            .hint("meet the control, or renew the exception in the recipe that states it"));
    }
    match report.score {
        Some(score) if score < threshold => Err(Failure::say(
            Kind::No,
            format!("the score {score:.1} is below {threshold}"),
        )
        .hint(
            "--threshold says what is enough; --report html=FILE shows how to mend each finding",
        )),
        _ => Ok(()),
    }
}
