//! `terroir test`: tests of recipes and layers on images and folders.

use serde_json::Value;
use terroir::oci::Digest;
use terroir::path::TreePath;
use terroir::tree::{Entry, EntryKind};

use crate::foreign::{Member, directory, file, layout, sorted, symlink};
use crate::judge::is_there;
use crate::judged_by_python;
use crate::program::Terroir;
use crate::python::interpreter;
use crate::{debian, place, said};

/// A Debian in which a shell runs.
fn with_shell() -> Vec<Member> {
    let busybox = std::fs::read("/bin/busybox").expect("busybox is there");
    let size = busybox.len() as u64;
    let path = TreePath::parse("/usr/bin/busybox").expect("a valid path");
    let program = (Entry::new(path, EntryKind::File { size }, 0o755), busybox);
    let mut members = debian();
    members.extend([
        directory("/usr/bin", 0o755),
        program,
        symlink("/usr/bin/sh", "busybox"),
        symlink("/usr/bin/cat", "busybox"),
        symlink("/usr/bin/echo", "busybox"),
        symlink("/bin", "usr/bin"),
        directory("/usr/share", 0o755),
        file("/usr/share/own", 0o644, "not where settings live\n"),
        directory("/tmp", 0o1777),
    ]);
    sorted(members)
}

const PARENT: &str = "apiVersion: terroir/v1
name: parent
tier: universal
from: oci:BASE:base
modules:
  - layer: own
tests:
  - file: { path: /etc/passwd, mode: \"0644\", owner: root, contains: [\"root:x:0\"] }
  - package: { name: openssh-server, version: \"1:9.2p1-2\" }
  - user: { name: root, uid: 0, shell: /bin/sh }
";

const LAYER: &str = "apiVersion: terroir/v1
title: A layer with a test
owner: test
modules:
  - type: settings
    settings: [ { sysctl: { vm.swappiness: 10 } } ]
tests:
  - sysctl: { vm.swappiness: 10 }
";

fn repository(folder: &std::path::Path) {
    for (name, text) in [
        ("terroir.lock", String::new()),
        ("layers/own/layer.yml", LAYER.to_owned()),
        ("recipes/parent.yml", PARENT.replace("BASE", "../base")),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
    }
}

/// Writes a child with tests, and gives its recipe.
fn child(folder: &std::path::Path, tests: &str) -> String {
    let text = format!(
        "apiVersion: terroir/v1\nname: child\ntier: group\nfrom: parent.yml\nmodules: []\ntests:\n{tests}"
    );
    let path = folder.join("recipes/child.yml");
    std::fs::write(&path, text).expect("writable");
    path.display().to_string()
}

fn tests(terroir: &Terroir, target: &str) -> (i32, Value) {
    let (code, out, err) = said(terroir, &["test", target, "--format=json"]);
    let report = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    (code, report)
}

#[test]
fn tests_of_all_ancestors_and_layers_are_run() {
    if !is_there("busybox") {
        return;
    }
    let (folder, terroir) = place();
    repository(folder.path());
    layout(
        &folder.path().join("base"),
        &[("linux/amd64", vec![with_shell()])],
    );
    let sha256 = Digest::of(b"not where settings live\n").hex();
    let good = format!(
        "  - file: {{ path: /usr/share/own, sha256: \"{sha256}\", contains: [settings] }}
  - file: {{ path: /bin, link: usr/bin }}
  - file: {{ path: /nowhere, exists: false }}
  - package: {{ name: telnet, installed: false }}
  - command: {{ run: \"echo $WORD; exit 3\", exit: 3, stdout: [hello], env: {{ WORD: hello }} }}
  - command: {{ run: \"echo x >/usr/share/own; cat /usr/share/own\", stdout: [x] }}
  - command: {{ run: \"cat /usr/share/own\", stdout: [settings] }}
"
    );
    let recipe = child(folder.path(), &good);
    let (code, report) = tests(&terroir, &recipe);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["counts"]["pass"], 11, "{report:#}");
    let flavours: Vec<&str> = report["tests"]
        .as_array()
        .expect("tests")
        .iter()
        .filter_map(|one| one["flavour"].as_str())
        .collect();
    assert_eq!(flavours.iter().filter(|one| **one == "parent").count(), 4);
    // What a command writes is gone, and nothing of it is in the image.
    let bad = "  - file: { path: /usr/share/own, mode: \"0600\", contains: [nothing] }
  - command: { run: \"echo why >&2; exit 1\" }
  - service: { name: ssh.service, enabled: true }
  - user: { name: alice }
  - file: { path: /gone }
";
    let recipe = child(folder.path(), bad);
    let (code, report) = tests(&terroir, &recipe);
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(report["counts"]["fail"], 5, "{report:#}");
    let (code, out, _) = said(&terroir, &["test", &recipe]);
    assert_eq!(code, 1);
    for words in [
        "fail  file /usr/share/own",
        "recipes/child.yml:7:5",
        "expected mode 0600",
        "found    mode 0644",
        "exit status 1: why",
        "9 tests: 4 pass, 5 fail",
    ] {
        assert!(out.contains(words), "{words} is not in\n{out}");
    }
    as_published(&folder, &terroir, &recipe);
}

/// A published image alone says what was expected of it, and so does its root in a folder.
fn as_published(folder: &tempfile::TempDir, terroir: &Terroir, recipe: &str) {
    let out = format!("oci:{}:it", folder.path().join("out").display());
    terroir.run(["build", recipe, "-o", &out]);
    let (_inner, fresh) = place();
    let (code, report) = tests(&fresh, &out);
    assert_eq!(
        (code, &report["counts"]["fail"]),
        (1, &5.into()),
        "{report:#}"
    );
    if crate::judge::is_root() {
        let root = folder.path().join("unpacked").display().to_string();
        fresh.run(["unpack", &out, &root]);
        let (code, report) = tests(&fresh, &format!("dir:{root}"));
        assert_eq!(
            (code, &report["counts"]["fail"]),
            (1, &5.into()),
            "{report:#}"
        );
    }
    let Some(interpreter) = interpreter() else {
        return;
    };
    let (_, xml, _) = said(&fresh, &["test", &out, "--format=junit"]);
    let script = "
import sys, junitparser
suites = junitparser.JUnitXml.fromstring(sys.stdin.buffer.read())
print([(suite.name, suite.tests, suite.failures) for suite in suites])
";
    let read = judged_by_python(interpreter, script, &xml);
    assert_eq!(read.trim(), "[('parent', 4, 0), ('child', 5, 5)]");
}

#[test]
fn a_target_without_tests_is_told_of() {
    let (folder, terroir) = place();
    layout(
        &folder.path().join("base"),
        &[("linux/amd64", vec![debian()])],
    );
    let base = format!("oci:{}:base", folder.path().join("base").display());
    let (code, _, err) = said(&terroir, &["test", &base]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("nothing states tests"), "{err}");
}

/// Tests that can never hold, or never fail, are errors before anything is built.
#[test]
fn wrong_tests_are_errors() {
    let (folder, terroir) = place();
    repository(folder.path());
    layout(
        &folder.path().join("base"),
        &[("linux/amd64", vec![debian()])],
    );
    let cases = [
        ("  - file: { path: etc/passwd }\n", "not an absolute path"),
        ("  - file: { path: /a, mode: \"0999\" }\n", "is not a mode"),
        ("  - file: { path: /a, sha256: abc }\n", "is not a SHA-256"),
        (
            "  - file: { path: /a, exists: false, mode: \"0644\" }\n",
            "not like anything",
        ),
        ("  - service: { name: ssh }\n", "is not a unit"),
        (
            "  - service: { name: ssh.service }\n",
            "say `enabled` or `masked`",
        ),
        (
            "  - package: { name: a, installed: false, version: 1 }\n",
            "has no version",
        ),
        ("  - command: { run: \" \" }\n", "there is no command"),
        ("  - sysctl: { forward: 1 }\n", "name of a kernel parameter"),
        ("  - file: { paht: /a }\n", "path"),
        ("  - fiel: { path: /a }\n", "file"),
    ];
    for (test, words) in cases {
        let recipe = child(folder.path(), test);
        let (code, _, err) = said(&terroir, &["validate", &recipe]);
        assert_eq!(code, 2, "{test}: {err}");
        assert!(err.contains(words), "{test}: {err}");
        assert!(err.contains("child.yml:7"), "{test}: {err}");
    }
}
