//! Audits and tests of finished roots, as users run them and as other programs read them.

#[path = "audit/allowed.rs"]
mod allowed;
#[path = "audit/drift.rs"]
mod drift;
#[path = "audit/expected.rs"]
mod expected;
#[expect(dead_code, reason = "the other trees are of other tests")]
#[path = "support/foreign.rs"]
mod foreign;
#[path = "audit/formats.rs"]
mod formats;
#[path = "support/judge.rs"]
mod judge;
#[path = "support/program.rs"]
mod program;
#[path = "support/python.rs"]
mod python;
#[expect(dead_code, reason = "faults of registries are of other tests")]
mod support;
#[path = "audit/targets.rs"]
mod targets;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use foreign::{Member, directory, file, sorted};
use program::Terroir;
use serde_json::Value;
use terroir::tree::EntryKind;

/// A Debian 12 with what an audit reads; it does not boot.
fn debian() -> Vec<Member> {
    let os_release = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n\
                      PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
    let status = "Package: openssh-server\nStatus: install ok installed\nVersion: 1:9.2p1-2\n\n";
    sorted(vec![
        directory("/etc", 0o755),
        file("/etc/os-release", 0o644, os_release),
        file("/etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\n"),
        file("/etc/group", 0o644, "root:x:0:\nshadow:x:42:\n"),
        file("/etc/shadow", 0o640, "root:*:19000:0:99999:7:::\n"),
        directory("/etc/ssh", 0o755),
        file("/etc/ssh/sshd_config", 0o600, "PermitRootLogin yes\n"),
        directory("/etc/sysctl.d", 0o755),
        file(
            "/etc/sysctl.d/60-own.conf",
            0o644,
            "net.ipv4.ip_forward = 0\nkernel.randomize_va_space = 2\n",
        ),
        directory("/usr", 0o755),
        directory("/var", 0o755),
        directory("/var/lib", 0o755),
        directory("/var/lib/dpkg", 0o755),
        file("/var/lib/dpkg/status", 0o644, status),
    ])
}

/// Writes what an image has into a folder.
fn write(root: &Path, members: &[Member]) {
    for (entry, content) in members {
        let text = String::from_utf8_lossy(entry.path.as_bytes()).into_owned();
        let path = root.join(text);
        match &entry.kind {
            EntryKind::Directory => std::fs::create_dir_all(&path).expect("writable"),
            EntryKind::Symlink { target } => {
                let target = String::from_utf8_lossy(target).into_owned();
                symlink(target, &path).expect("writable");
                continue;
            }
            _ => std::fs::write(&path, content).expect("writable"),
        }
        let mode = std::fs::Permissions::from_mode(entry.mode);
        std::fs::set_permissions(&path, mode).expect("mine");
    }
}

/// A terroir, and a folder beside its store.
fn place() -> (tempfile::TempDir, Terroir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let terroir = Terroir::new(&folder.path().join("store"));
    (folder, terroir)
}

/// The exit code, what was printed, and what was said.
fn said(terroir: &Terroir, arguments: &[&str]) -> (i32, String, String) {
    let output = terroir.output(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("it ends by itself");
    (code, text(&output.stdout), text(&output.stderr))
}

/// The report of a target, whatever its score.
fn report(terroir: &Terroir, target: &str) -> Value {
    let arguments = [
        "audit",
        target,
        "--format=json",
        "--threshold=0",
        "--date=2026-07-01",
    ];
    let (code, out, err) = said(terroir, &arguments);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).expect("JSON")
}

/// The findings of a control by a setting that it has.
fn verdict<'a>(report: &'a Value, setting: &str) -> Vec<&'a Value> {
    let findings = report["findings"].as_array().expect("findings");
    let settings = findings
        .iter()
        .flat_map(|one| one["settings"].as_array().expect("settings"));
    settings.filter(|one| one["setting"] == setting).collect()
}

/// Runs a script of Python on an input, which must succeed, and gives what it prints.
fn judged_by_python(interpreter: &Path, script: &str, input: &str) -> String {
    let program = interpreter.display().to_string();
    let said = judge::run(&program, &["-c", script], input.as_bytes());
    String::from_utf8(said).expect("text")
}
