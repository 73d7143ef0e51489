//! `terroir audit`: checks a target against a benchmark.

use super::diff::diff;
use super::report::audited_report;
use crate::audit::Report;
use crate::cli::arguments::audit::Audit;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;

/// Days before its end at which an exception is warned of.
const SOON: i64 = 30;

/// Audits a target and reports the findings.
pub(in crate::cli) fn audit(session: &Session, arguments: &Audit) -> Result<(), Failure> {
    if let Some(old) = &arguments.diff {
        return diff(session, old, arguments);
    }
    let report = audited_report(session, &arguments.target, arguments)?;
    session.printer.clear();
    tell(session, &report, arguments)?;
    conclude(session, &report, arguments.threshold)
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
        .hint("--threshold says what is enough; --report html=FILE shows how to fix each finding")),
        _ => Ok(()),
    }
}
