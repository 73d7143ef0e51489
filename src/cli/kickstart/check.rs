//! `terroir kickstart check`: checks a rendered site and prints one table.

use serde_json::json;

use crate::cli::arguments::kickstart::Check;
use crate::cli::arguments::options::Format;
use crate::cli::context::environment::variable;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{CheckError, Finding, Row, check as check_site};

/// Longest message that the table shows, in characters.
const MAX_MESSAGE: usize = 300;

/// Checks a rendered site.
pub(in crate::cli) fn check(session: &Session, arguments: &Check) -> Result<(), Failure> {
    let search = variable("PATH");
    let rows = check_site(&arguments.folder, search.as_deref()).map_err(|error| {
        let kind = match &error {
            CheckError::Io { .. } | CheckError::Index { .. } => Kind::Usage,
        };
        Failure::new(kind, &error).hint("name a folder that `terroir kickstart render` wrote")
    })?;
    let count: usize = rows.iter().map(|row| row.findings.len()).sum();
    match arguments.print.format {
        Format::Json => session
            .printer
            .json(&json!({ "findings": count, "checks": rows })),
        Format::Text => table(session, &rows),
    }
    if count == 0 {
        return Ok(());
    }
    let s = if count == 1 { "" } else { "s" };
    let folder = arguments.folder.display();
    Err(Failure::say(
        Kind::No,
        format!("{count} finding{s} in {folder}"),
    ))
}

fn table(session: &Session, rows: &[Row]) {
    let width = rows.iter().map(|row| row.check.len()).max().unwrap_or(0);
    for row in rows {
        let verdict = match (&row.skipped, row.findings.len()) {
            (Some(why), _) => format!("not checked: {why}"),
            (None, 0) => "good".to_owned(),
            (None, 1) => "1 finding".to_owned(),
            (None, count) => format!("{count} findings"),
        };
        session.printer.line(format!(
            "{:<width$}  {:>5}  {verdict}",
            row.check, row.looked_at
        ));
    }
    for finding in rows.iter().flat_map(|row| &row.findings) {
        session.printer.line(shown(finding));
    }
}

fn shown(finding: &Finding) -> String {
    let place = match finding.line {
        0 => finding.file.clone(),
        line => format!("{}:{line}", finding.file),
    };
    let message: String = finding.message.chars().take(MAX_MESSAGE).collect();
    format!("{place}: {message}")
}
