//! Hosts for people.

use crate::cli::context::session::Session;
use crate::cli::kickstart::hosts::printable;
use crate::serve::FleetRow;

/// Digits of a digest that are shown.
const DIGITS: usize = 12;
/// The heads of the columns.
const HEADS: [&str; 8] = [
    "host",
    "state",
    "as wanted",
    "wanted",
    "booted",
    "audit",
    "report",
    "message",
];

/// Prints a table.
pub(super) fn text(session: &Session, rows: &[&FleetRow], now: u64) {
    let heads = HEADS.map(str::to_owned);
    let lines: Vec<[String; 8]> = std::iter::once(heads)
        .chain(rows.iter().map(|row| cells(row, now)))
        .collect();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        session.printer.line(cells.join("  ").trim_end());
    }
}

fn cells(row: &FleetRow, now: u64) -> [String; 8] {
    let none = || "-".to_owned();
    let report = row.report.as_ref();
    let score = report.and_then(|report| report.audit_score);
    let units = report.map(|report| report.failed_units.join(" "));
    let units = units.filter(|units| !units.is_empty());
    let message = row.message.lines().next().unwrap_or_default().to_owned();
    let units = units.map(|units| format!("failed units: {units}"));
    let said: Vec<String> = units
        .into_iter()
        .chain([message])
        .filter(|text| !text.is_empty())
        .collect();
    [
        row.host.clone(),
        row.state.to_string(),
        row.why.map_or("yes", |why| why.words()).to_owned(),
        row.wanted.as_deref().map_or_else(none, short),
        row.booted.as_deref().map_or_else(none, short),
        score.map_or_else(none, |score| format!("{score:.1}")),
        report.map_or_else(none, |report| age(now.saturating_sub(report.time))),
        printable(&said.join("; ")),
    ]
}

/// The first digits of a digest.
fn short(digest: &str) -> String {
    let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
    digits.chars().take(DIGITS).collect()
}

/// A time that passed, in its largest unit.
fn age(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    let found = units.into_iter().find(|(unit, _)| seconds >= *unit);
    match found {
        Some((unit, name)) => format!("{} {name}", seconds / unit),
        None => format!("{seconds} s"),
    }
}
