//! A self-contained HTML page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::template::render;
use crate::audit::finding::{Finding, Verdict};
use crate::audit::report::Report;
use crate::audit::section::Section;

const PAGE: &str = include_str!("report.html");
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// The page.
///
/// Every text is escaped, and the page allows no script and no style but its own by their digests,
/// so that no name in an image or a recipe can be more than text.
pub(super) fn html(report: &Report) -> String {
    let counts: Vec<Value> = Verdict::ALL
        .into_iter()
        .filter(|verdict| report.count(*verdict) > 0)
        .map(|verdict| json!({ "name": verdict.name(), "class": class(verdict), "count": report.count(verdict) }))
        .collect();
    let sections: Vec<Value> = report.sections().iter().map(section).collect();
    let page = json!({
        "style": STYLE,
        "script": SCRIPT,
        "style_digest": source(STYLE),
        "script_digest": source(SCRIPT),
        "version": env!("CARGO_PKG_VERSION"),
        "target": report.target,
        "digest": report.digest,
        "flavour": report.flavour,
        "distribution": report.distribution,
        "title": report.title,
        "level": report.level,
        "profile": report.profile,
        "date": report.date,
        "choices": report.choices.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", "),
        "score": report.score.map(|score| format!("{score:.1}")),
        "counts": counts,
        "sections": sections,
    });
    render("report.html", PAGE, &page)
}

/// The class of a verdict in the style; one word.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not-applicable",
        other => other.name(),
    }
}

fn section(section: &Section<'_>) -> Value {
    let findings: Vec<Value> = section.findings.iter().map(|one| finding(one)).collect();
    json!({
        "layer": section.layer,
        "title": section.title,
        "score": section.score().map(|score| format!("{score:.1}")),
        "pass": section.count(Verdict::Pass),
        "fail": section.count(Verdict::Fail) + section.count(Verdict::Error),
        "excepted": section.count(Verdict::Excepted),
        "other": section.findings.len()
            - section.count(Verdict::Pass)
            - section.count(Verdict::Fail)
            - section.count(Verdict::Error)
            - section.count(Verdict::Excepted),
        "findings": findings,
    })
}

fn finding(finding: &Finding) -> Value {
    let settings: Vec<Value> = finding
        .settings
        .iter()
        .map(|one| {
            json!({
                "setting": one.setting,
                "expected": one.expected,
                "found": one.found,
                "verdict": one.verdict.name(),
                "class": class(one.verdict),
                "place": one.place(),
                "origin": one.origin.as_ref().map(ToString::to_string),
                "flavour": one.flavour,
                "mend": one.mend,
            })
        })
        .collect();
    let exception = finding.exception.as_ref();
    json!({
        "number": finding.number,
        "title": finding.title,
        "verdict": finding.verdict.name(),
        "class": class(finding.verdict),
        "level": finding.level,
        "layer": finding.layer,
        "origin": finding.origin.to_string(),
        "ids": finding.ids.join(", "),
        "rules": finding.rules.join(", "),
        "why": finding.why,
        "breaks": finding.breaks,
        "reason": finding.reason,
        "mends": finding.settings.iter().any(|one| one.mend.is_some()),
        "settings": settings,
        "exception": exception.map(|one| json!({
            "reason": one.reason,
            "owner": one.owner,
            "expires": one.expires,
            "expired": one.days_left < 0,
            "flavour": one.flavour,
            "origin": one.origin.to_string(),
        })),
    })
}

/// A text as source of a content security policy (CSP level 3, 2.3.1).
fn source(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}
