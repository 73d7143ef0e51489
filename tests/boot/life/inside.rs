//! The tests of a flavour inside a machine, by `terroir boot --test`.

use std::time::Instant;

use serde_json::Value;

use super::images::Images;
use crate::machines::{is_wanted, took};

/// Tests of which all hold on the image but the last, which holds on a machine only, and one that
/// fails everywhere.
const TESTS: &str = "modules:
  - type: settings
    settings: [ { sysctl: { vm.swappiness: 10 } } ]
  - type: files
    files: [ { destination: /etc/greeting, content: \"Hello\\n\", mode: \"0644\" } ]
tests:
  - file: { path: /etc/greeting, mode: \"0644\", contains: [Hello] }
  - sysctl: { vm.swappiness: 10 }
  - package: { name: systemd }
  - service: { name: ssh.service, enabled: true }
  - user: { name: root, uid: 0, home: /root }
  - command: { run: 'test \"$WORD\" = \"a $ b\" || exit 4', env: { WORD: \"a $ b\" } }
  - command: { run: 'echo changed > /etc/greeting', exit: 2 }
  - file: { path: /etc/greeting, contains: [Goodbye] }
  - command: { run: systemctl is-active dbus.service, stdout: [active] }
";

/// What came of each test.
fn outcomes(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|_| panic!("{report}"));
    let tests = report["tests"].as_array().expect("tests").iter();
    tests
        .map(|test| test["outcome"].as_str().expect("a word").to_owned())
        .collect()
}

#[test]
fn tests_of_a_flavour_run_inside_a_machine() {
    if !is_wanted("more") {
        return;
    }
    let start = Instant::now();
    let images = Images::new();
    images.base("trixie");
    // Nothing but systemd is needed: no report, no program, no SSH key.
    let recipe = images.recipe("stated", "base.yml", TESTS);
    let program = images.place("recipes/test/files/terroir");
    let terroir = images.terroir();
    let on_image = terroir.output(["test", "--quiet", &recipe, "--format=json"]);
    let on_image = outcomes(&String::from_utf8_lossy(&on_image.stdout));
    took(
        "more",
        "the image with tests",
        start.elapsed().as_secs_f64(),
    );
    let junit = images.place("tests.xml");
    let console = images.place("tests.console");
    let said = terroir.output([
        "boot".to_owned(),
        recipe,
        "--test=900".to_owned(),
        "--secure-boot".to_owned(),
        "--format=json".to_owned(),
        format!("--program={}", program.display()),
        format!("--console={}", console.display()),
        format!("--report=junit={}", junit.display()),
    ]);
    took(
        "more",
        "its tests on a machine",
        start.elapsed().as_secs_f64(),
    );
    let errors = String::from_utf8_lossy(&said.stderr);
    let console = std::fs::read_to_string(&console).unwrap_or_default();
    assert_eq!(said.status.code(), Some(1), "{errors}\n{console}");
    let inside = outcomes(&String::from_utf8_lossy(&said.stdout));
    let expected = [
        "pass", "pass", "pass", "pass", "pass", "pass", "pass", "fail", "pass",
    ];
    assert_eq!(inside, expected, "{errors}");
    // What only a running system has, and what it does not let a test do.
    let image = [
        "pass", "pass", "pass", "pass", "pass", "pass", "fail", "fail", "fail",
    ];
    assert_eq!(on_image, image);
    let junit = std::fs::read_to_string(&junit).expect("written");
    assert!(junit.contains("Goodbye"), "{junit}");
    assert!(errors.contains("1 test does not hold"), "{errors}");
}
