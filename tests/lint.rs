//! `terroir lint`: every rule has its file, its roots that pass and fail, and its section of the book.

#[path = "support/command.rs"]
mod command;
#[path = "support/judge.rs"]
mod judge;
#[path = "lint/judges.rs"]
mod judges;
#[path = "support/python.rs"]
mod python;
#[path = "lint/root.rs"]
mod root_of_lines;
#[path = "support/sources.rs"]
mod sources;

use std::path::Path;

use command::terroir;
use root_of_lines::Drawn;
use serde_json::Value;
use sources::{below, name, root, text};
use terroir::bootable::LifeCycle;
use terroir::bootable::lint::{Options, Report, Root, Rule, Severity, TABLE, lint};

/// Every life cycle.
const LIFE_CYCLES: [LifeCycle; 3] = [LifeCycle::Ostree, LifeCycle::Bootc, LifeCycle::Plain];

/// A root that is changed, and what the rule finds in it.
struct Case {
    name: String,
    /// Paths; with `warning:` or `error:` before one when that is not what the rule says.
    finds: Vec<String>,
    life_cycle: Option<LifeCycle>,
    lines: String,
}

fn cases(rule: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text(&root().join(format!("tests/lint/{rule}.txt"))).lines() {
        let line = line.trim();
        if let Some(head) = line.strip_prefix("case ") {
            let (name, finds) = head.split_once(": ").unwrap_or((head, ""));
            cases.push(Case {
                name: name.to_owned(),
                finds: finds.split_whitespace().map(str::to_owned).collect(),
                life_cycle: None,
                lines: String::new(),
            });
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("as ") {
                Some(word) => {
                    let mut all = LIFE_CYCLES.into_iter();
                    case.life_cycle = all.find(|one| one.name() == word);
                    assert!(case.life_cycle.is_some(), "{line}");
                }
                None => case.lines.extend([line, "\n"]),
            }
        }
    }
    cases
}

/// The good root with changes.
fn drawn(lines: &str) -> Drawn {
    let mut drawn = Drawn::default();
    drawn.draw(&text(&root().join("tests/lint/good.txt")));
    drawn.draw(lines);
    drawn
}

fn of_image(drawn: &Drawn) -> Root {
    let (image, blobs) = drawn.image();
    Root::of_image(&image, &blobs).expect("the image is read")
}

fn report(read: Root, life_cycle: Option<LifeCycle>) -> Report {
    let read = match life_cycle {
        Some(life_cycle) => read.as_life_cycle(life_cycle),
        None => read,
    };
    lint(&read, &Options::default())
}

/// What a rule found, as cases write it.
fn found(report: &Report, rule: &Rule) -> Vec<String> {
    let findings = report.findings().filter(|(id, ..)| *id == rule.id);
    let mut found: Vec<String> = findings
        .map(|(_, severity, found)| {
            assert!(!found.message.is_empty());
            let path = match found.path.as_str() {
                "" => "image",
                path => path,
            };
            match severity == rule.severity {
                true => path.to_owned(),
                false => format!("{severity}:{path}"),
            }
        })
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn every_rule_finds_what_its_roots_have() {
    let mut wrong = Vec::new();
    for rule in &TABLE {
        for case in cases(rule.id) {
            let drawn = drawn(&case.lines);
            let mut expected = case.finds.clone();
            expected.sort_unstable();
            let place = format!("{}: {}", rule.id, case.name);
            let seen = found(&report(of_image(&drawn), case.life_cycle), rule);
            if seen != expected {
                wrong.push(format!("{place}: found {seen:?}, expected {expected:?}"));
            }
            let is_of_image = expected.iter().any(|path| path == "image");
            if is_of_image || !drawn.is_like_a_folder() || !rustix::process::geteuid().is_root() {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            drawn.write(folder.path());
            let read = Root::of_directory(folder.path()).expect("the folder is read");
            let seen = found(&report(read, case.life_cycle), rule);
            if seen != expected {
                wrong.push(format!(
                    "{place}: found {seen:?} in a folder, expected {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_good_root_has_no_findings() {
    let report = report(of_image(&drawn("")), None);
    assert_eq!(report.life_cycle, LifeCycle::Ostree);
    assert_eq!(report.findings().collect::<Vec<_>>(), []);
}

#[test]
fn every_rule_has_its_file_and_its_roots() {
    let modules = below("src/bootable/lint/rules", ".rs");
    let mut files: Vec<String> = modules
        .iter()
        .map(|path| {
            name(path)
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .replace(".rs", "")
        })
        .filter(|file| file != "mod")
        .collect();
    files.sort_unstable();
    let ids: Vec<&str> = TABLE.iter().map(|rule| rule.id).collect();
    let expected: Vec<String> = ids.iter().map(|id| id.replace('-', "_")).collect();
    assert!(expected.is_sorted());
    assert_eq!(files, expected);
    for rule in &TABLE {
        let (bad, good): (Vec<Case>, Vec<Case>) = cases(rule.id)
            .into_iter()
            .partition(|case| !case.finds.is_empty());
        assert!(!bad.is_empty(), "{}: no root that fails", rule.id);
        assert!(!good.is_empty(), "{}: no root that passes", rule.id);
        assert!(
            !rule.applies.is_empty() && !rule.summary.ends_with('.'),
            "{}",
            rule.id
        );
    }
    for path in below("tests/lint", ".txt") {
        let name = name(&path).replace("tests/lint/", "").replace(".txt", "");
        assert!(
            name == "good" || ids.contains(&name.as_str()),
            "{name} is no rule"
        );
    }
}

#[test]
fn every_rule_is_in_the_book() {
    let page = text(&root().join("docs/src/lint.md"));
    let table: String = TABLE
        .iter()
        .map(|rule| {
            let life_cycles: Vec<&str> = rule.applies.iter().map(|one| one.name()).collect();
            let applies = match life_cycles.len() {
                3 => "all".to_owned(),
                _ => life_cycles.join(", "),
            };
            format!(
                "| [`{}`](#{}) | {} | {applies} | {} |\n",
                rule.id, rule.id, rule.severity, rule.summary
            )
        })
        .collect();
    assert!(
        page.contains(&table),
        "docs/src/lint.md lacks the table:\n{table}"
    );
    let headings: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .collect();
    let ids: Vec<&str> = TABLE.iter().map(|rule| rule.id).collect();
    assert_eq!(headings, ids, "a section for each rule");
    for section in page.split("\n### ").skip(1) {
        let (id, body) = section.split_once('\n').expect("a section has text");
        assert!(body.trim().len() > 100, "the section {id} says too little");
    }
}

/// Runs lint on a layout with arguments, and gives the exit code and both outputs.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let store = tempfile::tempdir().expect("a folder");
    let output = terroir(&[&["lint"], arguments].concat(), folder, store.path());
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        said(&output.stdout),
        said(&output.stderr),
    )
}

#[test]
fn the_exit_code_tells_errors_from_warnings() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut base = Drawn::default();
    base.draw("f /etc/app.conf 666 = x");
    base.layout(&folder.path().join("plain"));
    let skipped = ["api-base-directories", "kernel-missing"];
    let skipped: Vec<&str> = skipped.iter().flat_map(|id| ["--skip", id]).collect();
    let target = ["oci:plain:base", "--platform", "linux/amd64"];
    let with = |more: &[&'static str]| [&target[..], &skipped, more].concat();
    let cases: [(Vec<&str>, i32, &str); 8] = [
        (target.to_vec(), 1, "kernel-missing"),
        (with(&[]), 0, "world-writable: /etc/app.conf"),
        (with(&["--fatal-warnings"]), 1, "error: 1 error was found"),
        (with(&["--skip", "world-writable"]), 0, "3 skipped"),
        (
            with(&["--skip", "world-writeable"]),
            2,
            "did you mean `world-writable`?",
        ),
        (
            with(&["--life-cycle", "ostree"]),
            1,
            "baseimage-root: /sysroot",
        ),
        (
            with(&["--life-cycle", "ostre"]),
            2,
            "ostree, bootc or plain",
        ),
        (with(&["--format", "html"]), 2, "text, json, junit or sarif"),
    ];
    for (arguments, code, words) in cases {
        let (ended, out, err) = run(folder.path(), &arguments);
        assert_eq!(ended, Some(code), "{arguments:?}\n{out}{err}");
        assert!(
            format!("{out}{err}").contains(words),
            "{arguments:?}\n{out}{err}"
        );
    }
}

#[test]
fn findings_are_written_for_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut base = Drawn::default();
    base.draw("d /var/run 755\nlabel containers.bootc=1");
    base.layout(&folder.path().join("plain"));
    let reports = ["--report", "junit=lint.xml", "--report", "sarif=lint.sarif"];
    let target = [
        "oci:plain:base",
        "--platform",
        "linux/amd64",
        "--format",
        "json",
    ];
    let (code, out, _) = run(folder.path(), &[&target[..], &reports].concat());
    assert_eq!(code, Some(1));
    let json: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["lifeCycle"], "bootc");
    let rules = json["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), TABLE.len());
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "var-run")
        .expect("there");
    assert_eq!(rule["findings"][0]["path"], "/var/run");
    assert_eq!(rule["findings"][0]["severity"], "error");
    let count = |severity: &str| {
        let findings = rules.iter().filter_map(|rule| rule["findings"].as_array());
        findings
            .flatten()
            .filter(|one| one["severity"] == severity)
            .count()
    };
    assert_eq!(json["errors"], count("error"));
    assert_eq!(json["warnings"], count("warning"));
    let sarif = std::fs::read_to_string(folder.path().join("lint.sarif")).expect("written");
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), count("error") + count("warning"));
    let junit = std::fs::read_to_string(folder.path().join("lint.xml")).expect("written");
    assert!(
        junit.contains("var-run") && junit.contains("</testsuites>"),
        "{junit}"
    );
    judges::other_programs_read(&sarif, &junit);
}

#[test]
fn rules_are_listed_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, out, _) = run(folder.path(), &["--list"]);
    assert_eq!(code, Some(0));
    let listed: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let ids: Vec<&str> = TABLE.iter().map(|rule| rule.id).collect();
    assert_eq!(listed, ids);
    let (code, _, err) = run(folder.path(), &["--list", "oci:x"]);
    assert_eq!(code, Some(2), "{err}");
    let worst = TABLE.iter().map(|rule| rule.severity).max();
    assert_eq!(worst, Some(Severity::Error));
}

/// The rules of `bootc container lint`, and whether it fails by them.
const OF_BOOTC: [(&str, bool); 15] = [
    ("api-base-directories", true),
    ("baseimage-composefs", false),
    ("baseimage-root", true),
    ("bootc-kargs", true),
    ("buildah-injected", false),
    ("etc-uid-drift", false),
    ("etc-usretc", true),
    ("kernel", true),
    ("nonempty-boot", false),
    ("nonempty-run-tmp", false),
    ("sysusers", false),
    ("utf8", true),
    ("var-log", false),
    ("var-run", true),
    ("var-tmpfiles", false),
];

#[test]
fn rules_of_bootc_have_their_names_and_weight() {
    for (id, fails) in OF_BOOTC {
        let rule = TABLE.iter().find(|rule| rule.id == id).expect(id);
        assert_eq!(rule.severity == Severity::Error, fails, "{id}");
        assert!(rule.applies.contains(&LifeCycle::Bootc), "{id}");
    }
}
