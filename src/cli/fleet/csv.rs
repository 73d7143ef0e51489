//! Hosts for spreadsheets (RFC 4180).

use crate::cli::context::session::Session;
use crate::serve::FleetRow;

/// The heads of the columns.
const HEADS: &str = "host,state,as_wanted,why,image,wanted,booted,report_age_seconds,version,kernel,\
                     deployment,failed_units,audit_score,message";

/// Prints a line for each host.
pub(super) fn csv(session: &Session, rows: &[&FleetRow], now: u64) {
    session.printer.line(HEADS);
    for row in rows {
        let cells: Vec<String> = cells(row, now).iter().map(|cell| cell_of(cell)).collect();
        session.printer.line(cells.join(","));
    }
}

fn cells(row: &FleetRow, now: u64) -> [String; 14] {
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let report = row.report.as_ref();
    let age = report.map(|report| now.saturating_sub(report.time).to_string());
    let score = report.and_then(|report| report.audit_score);
    [
        row.host.clone(),
        row.state.to_string(),
        if row.why.is_none() { "yes" } else { "no" }.to_owned(),
        row.why.map_or("", |why| why.words()).to_owned(),
        text(row.image.as_ref()),
        text(row.wanted.as_ref()),
        text(row.booted.as_ref()),
        age.unwrap_or_default(),
        text(report.and_then(|report| report.version.as_ref())),
        text(report.and_then(|report| report.kernel.as_ref())),
        text(report.and_then(|report| report.deployment.as_ref())),
        report.map_or_else(String::new, |report| report.failed_units.join(" ")),
        score.map_or_else(String::new, |score| score.to_string()),
        row.message.clone(),
    ]
}

/// A cell. What a machine wrote is no formula: programs take what begins so for one.
fn cell_of(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    let mark = if is_formula { "'" } else { "" };
    let text = format!("{mark}{text}");
    match text.contains(['"', ',', '\n', '\'']) || text.starts_with(' ') {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        for (text, expected) in [
            ("a", "a"),
            ("", ""),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("a\nb\u{1b}", "\"a\nb\""),
            ("=1+1", "\"'=1+1\""),
            ("-", "\"'-\""),
        ] {
            assert_eq!(cell_of(text), expected);
        }
    }
}
