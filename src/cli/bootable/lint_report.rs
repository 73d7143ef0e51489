//! The findings of `terroir lint` in the formats that programs read.

use serde_json::{Value, json};

use crate::audit::{Case, Format, Outcome as Ended, SARIF_SCHEMA, Suite, junit, uri_of_path};
use crate::bootable::lint::{Found, Outcome, Report, Severity, TABLE};
use crate::cli::output::failure::{Failure, Kind};

/// The report in a format; `all` findings, or the first few of each rule.
pub(super) fn write(
    format: Format,
    report: &Report,
    (target, digest): (&str, Option<&str>),
    all: bool,
) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(report.text(all)),
        Format::Json => Ok(report.json(target, digest)),
        Format::Junit => Ok(as_tests(report, target)),
        Format::Sarif => Ok(sarif(report, target)),
        Format::CodeQuality | Format::Html => {
            let message = format!("findings of lint cannot be reported as {format}");
            Err(Failure::say(Kind::Usage, message).hint("write text, json, junit or sarif"))
        }
    }
}

/// A line for a finding.
fn told(found: &Found) -> String {
    match found.path.as_str() {
        "" => found.message.clone(),
        path => format!("{path}: {}", found.message),
    }
}

fn as_tests(report: &Report, target: &str) -> String {
    let cases = report.rules.iter().map(|checked| {
        let (outcome, details) = match &checked.outcome {
            Outcome::Passed => (Ended::Passed, String::new()),
            Outcome::Skipped => (Ended::Skipped("as asked".to_owned()), String::new()),
            Outcome::NotApplicable => {
                let why = "it is not for images of this life cycle".to_owned();
                (Ended::Skipped(why), String::new())
            }
            Outcome::Found { findings } => {
                let lines: Vec<String> = findings
                    .iter()
                    .map(|(severity, found)| format!("{severity}: {}", told(found)))
                    .collect();
                let first = lines.first().cloned().unwrap_or_default();
                let is_error = findings.iter().any(|(one, _)| *one == Severity::Error);
                let outcome = match is_error {
                    true => Ended::Failure(first),
                    // JUnit has no word for what may be meant.
                    false => Ended::Passed,
                };
                (outcome, lines.join("\n"))
            }
        };
        Case {
            name: checked.rule.to_owned(),
            class: "lint".to_owned(),
            file: None,
            line: None,
            outcome,
            details,
        }
    });
    let suite = Suite {
        name: format!("lint as {}", report.life_cycle.name()),
        cases: cases.collect(),
    };
    junit(target, &[suite])
}

fn sarif(report: &Report, target: &str) -> String {
    let rules: Vec<Value> = TABLE
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.summary },
                "defaultConfiguration": { "level": rule.severity },
            })
        })
        .collect();
    let results: Vec<Value> = report
        .findings()
        .map(|(rule, severity, found)| {
            let index = TABLE.iter().position(|one| one.id == rule);
            // What is said of the image as a whole has no place in it.
            let place = (!found.path.is_empty()).then(|| {
                let uri = uri_of_path(found.path.trim_start_matches('/'));
                json!({ "physicalLocation": {
                    "artifactLocation": { "uri": uri, "uriBaseId": "ROOT" },
                } })
            });
            json!({
                "ruleId": rule,
                "ruleIndex": index,
                "level": severity,
                "message": { "text": told(found) },
                "locations": place.as_slice(),
            })
        })
        .collect();
    let log = json!({
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "terroir",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": { "id": format!("lint/{}/", report.life_cycle.name()) },
            "originalUriBaseIds": {
                "ROOT": { "description": { "text": "the root that was linted" } },
            },
            "properties": { "target": target },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}
