//! GitLab's Code Quality report: a list of what fails, shown in merge requests.
//!
//! The fields are those that <https://docs.gitlab.com/ci/testing/code_quality/> documents.

use serde_json::{Value, json};

use super::fingerprint::fingerprint;
use crate::audit::finding::{Examined, Finding, Verdict};
use crate::audit::report::Report;

/// One entry for each setting that fails or could not be examined.
pub(super) fn code_quality(report: &Report) -> String {
    let findings = report.findings.iter();
    let entries: Vec<Value> = findings.flat_map(|finding| of(report, finding)).collect();
    serde_json::to_string_pretty(&entries).expect("text keys")
}

fn of<'a>(report: &'a Report, finding: &'a Finding) -> impl Iterator<Item = Value> + 'a {
    let wrong = |verdict| matches!(verdict, Verdict::Fail | Verdict::Error);
    let counts = wrong(finding.verdict);
    let settings = finding.settings.iter();
    settings
        .filter(move |one| counts && wrong(one.verdict))
        .map(move |one| entry(report, finding, one))
}

fn entry(report: &Report, finding: &Finding, one: &Examined) -> Value {
    let severity = match (one.verdict, finding.level) {
        (Verdict::Error, _) => "critical",
        (_, ..=1) => "major",
        _ => "minor",
    };
    let id = finding.ids.first().unwrap_or(&finding.number);
    let (path, line) = place(finding, one);
    json!({
        "description": format!(
            "{} {}: expected {}, found {}",
            finding.number, finding.title, one.expected, one.found
        ),
        "check_name": id,
        "fingerprint": fingerprint(report, finding, Some(one)),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line.max(1) } },
    })
}

/// A place that the repository has where one is known, else the file of the root.
fn place(finding: &Finding, one: &Examined) -> (String, u32) {
    let set_by = one.origin.iter().chain([&finding.origin]);
    let mut own = set_by.filter(|origin| !origin.file.starts_with('<'));
    match (own.next(), &one.file) {
        (Some(origin), _) => (origin.file.to_string(), origin.line),
        (None, Some(file)) => (
            file.trim_start_matches('/').to_owned(),
            one.line.unwrap_or(1),
        ),
        (None, None) => {
            let file = finding.origin.file.trim_start_matches("<terroir>/");
            (file.to_owned(), finding.origin.line)
        }
    }
}
