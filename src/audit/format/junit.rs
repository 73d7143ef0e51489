//! JUnit's XML: a suite for each section, a test for each control.
//!
//! JUnit has no schema of its own; the elements are those that Jenkins' plugin and GitLab read.

use serde::Serialize;
use serde_json::json;

use super::template::render;
use crate::audit::finding::{Finding, Verdict};
use crate::audit::report::Report;

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "how", content = "message", rename_all = "lowercase")]
pub enum Outcome {
    /// As it should.
    Passed,
    /// Not as it should; one line that says so.
    Failure(String),
    /// It could not be told; one line that says why.
    Error(String),
    /// It was not looked at; one line that says why.
    Skipped(String),
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// What it is.
    pub name: String,
    /// What it belongs to, with dots.
    pub class: String,
    /// The file that states it, relative to the repository.
    pub file: Option<String>,
    /// The line in that file.
    pub line: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
    /// All that is known of it, in lines.
    pub details: String,
}

/// Tests that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suite {
    /// What they are about.
    pub name: String,
    /// The tests.
    pub cases: Vec<Case>,
}

/// Writes suites.
#[must_use]
pub fn junit(name: &str, suites: &[Suite]) -> String {
    let count = |suite: &Suite, wanted: fn(&Outcome) -> bool| {
        let cases = suite.cases.iter();
        cases.filter(|case| wanted(&case.outcome)).count()
    };
    let shown: Vec<_> = suites
        .iter()
        .map(|suite| {
            json!({
                "name": suite.name,
                "tests": suite.cases.len(),
                "failures": count(suite, |one| matches!(one, Outcome::Failure(_))),
                "errors": count(suite, |one| matches!(one, Outcome::Error(_))),
                "skipped": count(suite, |one| matches!(one, Outcome::Skipped(_))),
                "cases": suite.cases,
            })
        })
        .collect();
    let page = json!({ "name": name, "suites": shown });
    let text = render("junit.xml", include_str!("junit.xml"), &page);
    text.chars().map(allowed).collect()
}

/// XML has no way to write most control characters (XML 1.0, 2.2).
fn allowed(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => c,
        '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => c,
    }
}

/// A report as tests.
pub(super) fn of_report(report: &Report) -> String {
    let suites: Vec<Suite> = report
        .sections()
        .iter()
        .map(|section| Suite {
            name: section.title.to_owned(),
            cases: section
                .findings
                .iter()
                .map(|finding| case(report, finding))
                .collect(),
        })
        .collect();
    junit(&report.title, &suites)
}

fn case(report: &Report, finding: &Finding) -> Case {
    let (first, more) = match finding.decisive().as_slice() {
        [] => (String::new(), 0),
        [first, more @ ..] => (
            format!("expected {}, found {}", first.expected, first.found),
            more.len(),
        ),
    };
    let first = match more {
        0 => first,
        more => format!("{first}, and {more} more"),
    };
    let reason = finding.reason.clone();
    let outcome = match finding.verdict {
        Verdict::Pass => Outcome::Passed,
        Verdict::Fail => Outcome::Failure(first),
        Verdict::Error => Outcome::Error(first),
        Verdict::Excepted => Outcome::Skipped(match &finding.exception {
            Some(exception) => format!("excepted: {}", exception.describe()),
            None => "excepted".to_owned(),
        }),
        other => Outcome::Skipped(match reason {
            Some(reason) => format!("{}: {reason}", other.name()),
            None => other.name().to_owned(),
        }),
    };
    let origins = finding
        .decisive()
        .into_iter()
        .filter_map(|one| one.origin.as_ref());
    let mut own = origins
        .chain([&finding.origin])
        .filter(|one| !one.file.starts_with('<'));
    let origin = own.next();
    Case {
        name: format!("{} {}", finding.number, finding.title),
        class: format!("{}.{}", report.benchmark, finding.layer),
        file: origin.map(|origin| origin.file.to_string()),
        line: origin.map(|origin| origin.line),
        outcome,
        details: finding.details(),
    }
}
