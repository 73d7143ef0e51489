//! Drift between two reports.

use serde_json::Value;

use crate::{place, said};

const GOLDEN: &str = include_str!("../golden/audit.json");

/// The golden report with a change.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut report: Value = serde_json::from_str(GOLDEN).expect("JSON");
    change(&mut report);
    report.to_string()
}

fn finding<'a>(report: &'a mut Value, number: &str) -> &'a mut Value {
    let findings = report["findings"].as_array_mut().expect("findings");
    let mut findings = findings.iter_mut();
    findings.find(|one| one["number"] == number).expect("there")
}

/// What is changed, the newer report, the exit code, and words of the answer.
fn cases() -> [(&'static str, String, i32, &'static str); 6] {
    [
        ("the same", GOLDEN.to_owned(), 0, "no drift"),
        (
            "a pass that fails",
            changed(|report| {
                let one = finding(report, "1.5.1");
                one["verdict"] = "fail".into();
                one["settings"][0]["verdict"] = "fail".into();
                one["settings"][0]["found"] = "0".into();
            }),
            1,
            "worse    1.5.1      Addresses of programs are random (pass → fail)",
        ),
        (
            "an exception that expired",
            changed(|report| finding(report, "3.3.1")["verdict"] = "fail".into()),
            1,
            "(excepted → fail)",
        ),
        (
            "a fail that passes",
            changed(|report| {
                let one = finding(report, "5.1.20");
                one["verdict"] = "pass".into();
                for setting in one["settings"].as_array_mut().expect("settings") {
                    setting["verdict"] = "pass".into();
                }
            }),
            0,
            "better   5.1.20",
        ),
        (
            "a control that is gone",
            changed(|report| {
                report["findings"].as_array_mut().expect("findings").pop();
            }),
            0,
            "vanished 7.1.11",
        ),
        (
            "a new control that fails",
            changed(|report| {
                let mut new = finding(report, "5.1.20").clone();
                new["number"] = "5.1.21".into();
                report["findings"]
                    .as_array_mut()
                    .expect("findings")
                    .push(new);
            }),
            1,
            "appeared 5.1.21",
        ),
    ]
}

#[test]
fn what_got_worse_is_an_answer_of_no() {
    let (folder, terroir) = place();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("old.json"), GOLDEN).expect("writable");
    for (name, new, code, words) in cases() {
        std::fs::write(path("new.json"), new).expect("writable");
        let arguments = ["audit", "--diff", &path("old.json"), &path("new.json")];
        let (found, out, err) = said(&terroir, &arguments);
        assert_eq!(found, code, "{name}: {out}{err}");
        assert!(out.contains(words), "{name}: {out}");
    }
    let arguments = [
        "audit",
        "--diff",
        &path("old.json"),
        &path("new.json"),
        "--format=json",
    ];
    let (_, out, _) = said(&terroir, &arguments);
    let drift: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(drift["controls"][0]["way"], "appeared");
    let arguments = ["audit", "--diff", &path("old.json"), &path("none.json")];
    assert_eq!(said(&terroir, &arguments).0, 2);
}
