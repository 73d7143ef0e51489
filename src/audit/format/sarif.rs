//! SARIF 2.1.0: a rule for each control, a result for each finding.
//!
//! Sections in comments are those of the OASIS standard.

use serde_json::{Map, Value, json};

use super::fingerprint::fingerprint;
use crate::audit::finding::{Examined, Finding, Verdict};
use crate::audit::report::Report;
use crate::origin::Origin;

/// Where the standard's schema lies.
pub const SARIF_SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name under which locations refer to the audited root (§3.14.14).
const ROOT: &str = "ROOT";
/// The name under which locations refer to the repository of recipes.
const REPOSITORY: &str = "SRCROOT";

/// The report as one run.
pub(super) fn sarif(report: &Report) -> String {
    let findings = report.findings.iter();
    let rules: Vec<Value> = findings.clone().map(rule).collect();
    let results: Vec<Value> = findings
        .clone()
        .enumerate()
        .map(|(index, finding)| result(report, finding, index))
        .collect();
    let errors: Vec<Value> = findings.flat_map(unexamined).collect();
    let log = json!({
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "terroir",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": {
                "id": format!("audit/{}/level-{}/{}/", report.benchmark, report.level, report.profile),
            },
            "invocations": [{
                "executionSuccessful": errors.is_empty(),
                "toolExecutionNotifications": errors,
            }],
            "originalUriBaseIds": {
                (ROOT): { "description": { "text": "the root that was audited" } },
                (REPOSITORY): { "description": { "text": "the repository of recipes" } },
            },
            "properties": {
                "target": report.target,
                "distribution": report.distribution,
                "title": report.title,
                "score": report.score,
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).expect("text keys")
}

/// Numbers are not unique: two controls may share one (§3.49.3 wants a stable id).
fn rule_id(finding: &Finding) -> String {
    finding.ids.first().unwrap_or(&finding.number).clone()
}

fn rule(finding: &Finding) -> Value {
    let mut rule = json!({
        "id": rule_id(finding),
        "shortDescription": { "text": finding.title },
        "defaultConfiguration": { "level": level(finding) },
        "properties": {
            "tags": finding.ids,
            "level": finding.level,
            "layer": finding.layer,
            "scapSecurityGuide": finding.rules,
        },
    });
    let help = [&finding.why, &finding.breaks].map(|text| text.clone().unwrap_or_default());
    let help = help.join("\n\n");
    if let (Some(rule), false) = (rule.as_object_mut(), help.trim().is_empty()) {
        rule.insert(
            "fullDescription".into(),
            json!({ "text": finding.why.as_ref().unwrap_or(&finding.title) }),
        );
        rule.insert("help".into(), json!({ "text": help.trim() }));
    }
    rule
}

/// The level of a result that fails (§3.27.10).
fn level(finding: &Finding) -> &'static str {
    match finding.level {
        ..=1 => "error",
        _ => "warning",
    }
}

fn result(report: &Report, finding: &Finding, index: usize) -> Value {
    // Only what fails has a level (§3.27.9).
    let (kind, level) = match finding.verdict {
        Verdict::Fail | Verdict::Excepted => ("fail", level(finding)),
        Verdict::Pass => ("pass", "none"),
        Verdict::NotApplicable => ("notApplicable", "none"),
        Verdict::Error => ("open", "none"),
        Verdict::InstallTime | Verdict::RunTime | Verdict::Manual => ("review", "none"),
    };
    let mut result = Map::new();
    let mut put = |key: &str, value: Value| result.insert(key.to_owned(), value);
    put("ruleId", json!(rule_id(finding)));
    put("ruleIndex", json!(index));
    put("kind", json!(kind));
    put("level", json!(level));
    put("message", json!({ "text": message(finding) }));
    put(
        "partialFingerprints",
        json!({ "terroir/v1": fingerprint(report, finding, None) }),
    );
    let decisive = finding.decisive();
    let locations: Vec<Value> = decisive.iter().filter_map(|one| in_root(one)).collect();
    let locations = match locations.is_empty() {
        true => vec![in_repository(&finding.origin, None)],
        false => locations,
    };
    put("locations", json!(locations));
    let origins = decisive.iter().filter_map(|one| one.origin.as_ref());
    let related: Vec<Value> = origins
        .enumerate()
        .map(|(index, origin)| in_repository(origin, Some((index, "set here"))))
        .collect();
    if !related.is_empty() {
        put("relatedLocations", json!(related));
    }
    if let (Verdict::Excepted, Some(exception)) = (finding.verdict, &finding.exception) {
        let suppression = json!({
            "kind": "external",
            "status": "accepted",
            "justification": exception.describe(),
            "location": in_repository(&exception.origin, None),
        });
        put("suppressions", json!([suppression]));
    }
    Value::Object(result)
}

fn message(finding: &Finding) -> String {
    let decisive = finding.decisive();
    let told = decisive.iter().map(|one| {
        let mend = match &one.mend {
            Some(mend) => format!("; {mend}"),
            None => String::new(),
        };
        format!("expected {}, found {}{mend}", one.expected, one.found)
    });
    let told: Vec<String> = finding.reason.iter().cloned().chain(told).collect();
    match told.is_empty() {
        true => format!("{}: {}", finding.title, finding.verdict.name()),
        false => format!("{}: {}", finding.title, told.join("; ")),
    }
}

/// Where in the root a setting was found (§3.28).
fn in_root(one: &Examined) -> Option<Value> {
    let file = one.file.as_ref()?;
    let mut place = json!({
        "artifactLocation": { "uri": uri_of_path(file.trim_start_matches('/')), "uriBaseId": ROOT },
    });
    if let (Some(place), Some(line)) = (place.as_object_mut(), one.line) {
        place.insert("region".into(), json!({ "startLine": line.max(1) }));
    }
    Some(json!({ "physicalLocation": place }))
}

fn in_repository(origin: &Origin, told: Option<(usize, &str)>) -> Value {
    let file = origin.file.trim_start_matches("<terroir>/");
    let mut place = json!({
        "artifactLocation": { "uri": uri_of_path(file), "uriBaseId": REPOSITORY },
    });
    if let (Some(place), true) = (place.as_object_mut(), origin.line > 0) {
        place.insert(
            "region".into(),
            json!({ "startLine": origin.line, "startColumn": origin.column.max(1) }),
        );
    }
    match told {
        Some((id, words)) => json!({
            "id": id,
            "physicalLocation": place,
            "message": { "text": words },
        }),
        None => json!({ "physicalLocation": place }),
    }
}

/// Settings that could not be examined, as what the tool met on its way (§3.20.21).
fn unexamined(finding: &Finding) -> impl Iterator<Item = Value> {
    let settings = finding.settings.iter();
    settings
        .filter(|one| one.verdict == Verdict::Error)
        .map(|one| {
            json!({
                "level": "error",
                "message": { "text": format!("{} could not be examined: {}", one.setting, one.found) },
                "associatedRule": { "id": rule_id(finding) },
            })
        })
}

/// A relative path as a URI reference (RFC 3986, 3.3).
#[must_use]
pub fn uri_of_path(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.extend(["%", &format!("{byte:02X}")]),
        }
    }
    uri
}
