//! `terroir audit --diff`: the differences between two audits.

use std::path::Path;

use super::report::audited_report;
use crate::audit::{Drift, Format, Report};
use crate::cli::arguments::audit::Audit;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;

/// Compares two targets or reports, and says no when something got worse.
pub(in crate::cli) fn diff(session: &Session, old: &str, arguments: &Audit) -> Result<(), Failure> {
    if !matches!(arguments.format, Format::Text | Format::Json) || !arguments.reports.is_empty() {
        return Err(Failure::say(
            Kind::Usage,
            "differences are reported as text or json only",
        ));
    }
    let drift = Drift::between(
        &side(session, old, arguments)?,
        &side(session, &arguments.target, arguments)?,
    );
    session.printer.clear();
    let text = match arguments.format {
        Format::Json => serde_json::to_string_pretty(&drift).expect("text keys") + "\n",
        _ => drift.text(),
    };
    match &arguments.output {
        Some(file) => write_file(file, &text)?,
        None => session.printer.line(text.trim_end()),
    }
    match drift.worse() {
        0 => Ok(()),
        1 => Err(Failure::say(Kind::No, "1 control got worse")),
        count => Err(Failure::say(
            Kind::No,
            format!("{count} controls got worse"),
        )),
    }
}

/// A report: read where the target is the file of one, else made.
fn side(session: &Session, target: &str, arguments: &Audit) -> Result<Report, Failure> {
    let file = Path::new(target);
    let is_report = file
        .extension()
        .is_some_and(|extension| extension == "json");
    if !is_report {
        return audited_report(session, target, arguments);
    }
    let failed = |why: String| Failure::say(Kind::Usage, format!("{target}: {why}"));
    let bytes = std::fs::read(file).map_err(|error| {
        failed(error.to_string()).hint("--format json -o FILE writes such a report")
    })?;
    Report::parse(&bytes).map_err(|error| failed(error.to_string()))
}
