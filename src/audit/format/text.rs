//! A report in lines for people.

use crate::audit::finding::{Finding, Verdict};
use crate::audit::report::Report;

/// The findings that need somebody, then the counts and the score.
pub(super) fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    for finding in &report.findings {
        if matches!(
            finding.verdict,
            Verdict::Fail | Verdict::Error | Verdict::Excepted
        ) {
            finding_lines(finding, &mut lines);
        }
    }
    lines.push(format!(
        "{}, level {}, {}: {}",
        report.title, report.level, report.profile, report.distribution
    ));
    let counts: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| report.count(*verdict) > 0)
        .map(|verdict| format!("{} {}", report.count(verdict), verdict.name()))
        .collect();
    lines.push(counts.join(", "));
    if let Some(score) = report.score {
        lines.push(format!("score {score:.1} % of what an image decides"));
    }
    lines.iter().map(|line| shown(line) + "\n").collect()
}

fn finding_lines(finding: &Finding, lines: &mut Vec<String>) {
    let verdict = finding.verdict.name();
    lines.push(format!(
        "{verdict:8} {:10} {}",
        finding.number, finding.title
    ));
    for one in &finding.settings {
        if matches!(one.verdict, Verdict::Fail | Verdict::Error) {
            let place = match one.place() {
                Some(place) => format!(" ({place})"),
                None => String::new(),
            };
            lines.push(format!("           expected {}", one.expected));
            lines.push(format!("           found    {}{place}", one.found));
            if let Some(origin) = &one.origin {
                lines.push(format!("           set by   {origin}"));
            }
        }
    }
    if let Some(exception) = &finding.exception {
        lines.push(format!("           excepted {}", exception.describe()));
    }
}

/// A line without what would move a terminal's cursor.
fn shown(line: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    line.chars().map(shown).collect()
}
