//! Every format of one small report, in which texts are hostile.

use super::Format;
use crate::audit::report::Report;

const GOLDEN: &str = include_str!("../../../tests/golden/audit.json");

fn report() -> Report {
    Report::parse(GOLDEN.as_bytes()).unwrap()
}

/// The JSON is a format that others read: changed only with its number (docs/src/formats.md).
#[test]
fn json_is_as_documented() {
    assert_eq!(Format::Json.write(&report()), GOLDEN);
}

#[test]
fn formats_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/snapshots/audit");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for format in Format::ALL {
            if format != Format::Json {
                let version = env!("CARGO_PKG_VERSION");
                let text = format.write(&report()).replace(version, "VERSION");
                insta::assert_snapshot!(format.name(), text);
            }
        }
    });
}

#[test]
fn what_is_no_report_is_refused() {
    let cases = [
        ("[]", "states no format"),
        ("{", "EOF"),
        (r#"{"format": 2}"#, "update terroir"),
        (r#"{"format": 1}"#, "missing field"),
    ];
    for (text, expected) in cases {
        let error = Report::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

/// A fingerprint names a finding, not its value, its line, nor where the target lies.
#[test]
fn fingerprints_are_stable() {
    let mut other = report();
    other.target = "dir:/somewhere/else".to_owned();
    other.digest = None;
    for finding in &mut other.findings {
        for one in &mut finding.settings {
            one.found = "something else".to_owned();
            one.line = one.line.map(|line| line + 1);
        }
    }
    let of = |report: &Report| {
        let text = Format::CodeQuality.write(report);
        let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let prints = entries.iter().map(|one| one["fingerprint"].to_string());
        prints.collect::<Vec<_>>()
    };
    assert_eq!(of(&report()), of(&other));
    let mut distinct = of(&report());
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 3, "one for each setting that is wrong");
    other.flavour = Some("germany".to_owned());
    assert_ne!(
        of(&report()),
        of(&other),
        "two flavours do not hide each other"
    );
}

#[test]
fn no_text_becomes_markup() {
    for format in [Format::Html, Format::Junit] {
        let text = format.write(&report());
        assert!(!text.contains("<script>alert"), "{format}");
        assert!(!text.contains("<france>"), "{format}");
        assert!(text.contains("&lt;france&gt;"), "{format}");
    }
    let page = Format::Html.write(&report());
    for outside in ["src=", "url(", "@import", "<link", "http://", "https://"] {
        assert!(!page.contains(outside), "the page asks for {outside}");
    }
}
