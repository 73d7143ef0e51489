//! Kickstarts, checked by pykickstart, bash and shellcheck.

use std::path::Path;
use std::process::Command;

use super::judge::is_there;
use super::matrix::{DEFAULTS, combinations, inventory, rendered, shown, site, text, write};
use super::python::interpreter;
use super::sources::root;

const TARGETS: [&str; 6] = ["F42", "F43", "F44", "F45", "RHEL9", "RHEL10"];

fn fits(target: &str, storage: &str, encryption: &str, network: &str) -> bool {
    let _ = encryption;
    // Anaconda cannot put a bridge on a VLAN.
    network != "bridge-vlan" && (storage != "btrfs" || target.starts_with('F'))
}

#[test]
fn a_matrix_of_kickstarts_is_accepted_by_pykickstart() {
    let hosts = combinations(&TARGETS, fits);
    assert!(hosts.len() > 300, "{} hosts", hosts.len());
    let files = rendered(&inventory(DEFAULTS, &hosts));
    let Some(python) = interpreter() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    write(&files, folder.path());
    let script = root().join("tests/kickstart/judge.py");
    let arguments = [script.as_os_str(), folder.path().as_os_str()];
    let said = run_loud(python, &arguments);
    assert!(
        said.contains(&format!("{} kickstarts, 0 wrong", hosts.len())),
        "{said}"
    );
}

/// Runs a program and gives what it writes, however it ends.
#[expect(clippy::disallowed_methods, reason = "tests run the judges")]
fn run_loud(program: &Path, arguments: &[&std::ffi::OsStr]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn the_judge_of_kickstarts_can_say_no() {
    let Some(python) = interpreter() else {
        return;
    };
    let hosts = [(
        "a".to_owned(),
        "target: F43, network: lan, disk: { id: x }".to_owned(),
    )];
    let files = rendered(&inventory(DEFAULTS, &hosts));
    let script = root().join("tests/kickstart/judge.py");
    for (right, wrong, expected) in [
        ("ostreecontainer --url=", "ostreecontainer --uri=", "--url"),
        ("zerombr", "zerombrr", "zerombrr"),
        ("set -euo pipefail", "if", "syntax error"),
        ("rootpw", "autostep\nrootpw", "autostep"),
        ("\nreboot\n", "\n", "no (reboot|poweroff)"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(&files, folder.path());
        let path = folder.path().join("http/hosts/a/kickstart.ks");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(right), "{right}");
        std::fs::write(&path, text.replace(right, wrong)).unwrap();
        let arguments = [script.as_os_str(), folder.path().as_os_str()];
        let said = run_loud(python, &arguments);
        assert!(
            said.contains(expected) && said.contains("1 wrong"),
            "{wrong}: {said}"
        );
    }
}

#[test]
fn scripts_are_clean() {
    if ![
        "bash",
        "shellcheck",
        "systemd-analyze",
        "debconf-set-selections",
    ]
    .iter()
    .all(|program| is_there(program))
    {
        return;
    }
    // One of each kind of storage and encryption: networks are in no script.
    let all = combinations(&["F43", "RHEL9"], fits);
    let step = 9;
    let mut hosts: Vec<_> = all.into_iter().step_by(step).collect();
    hosts.extend(
        combinations(&["debian-12"], super::preseeds::fits)
            .into_iter()
            .take(9)
            .step_by(4),
    );
    hosts.extend(
        combinations(&["ubuntu-24.04"], super::autoinstall::fits)
            .into_iter()
            .take(9)
            .step_by(4),
    );
    for (number, (name, _)) in hosts.iter_mut().enumerate() {
        *name = format!("n{number}-{name}");
    }
    let files = rendered(&inventory(DEFAULTS, &hosts));
    let folder = tempfile::tempdir().unwrap();
    write(&files, folder.path());
    let rows = terroir::kickstart::check(folder.path(), None).unwrap();
    for row in &rows {
        assert!(
            row.findings.is_empty(),
            "{}: {:#?}",
            row.check,
            row.findings
        );
    }
    let looked = |check: &str| {
        let row = rows.iter().find(|row| row.check == check).unwrap();
        assert_eq!(row.skipped, None, "{check}");
        row.looked_at
    };
    assert!(looked("shellcheck") > 30, "{}", looked("shellcheck"));
    assert!(looked("systemd-analyze verify") > 2);
}

#[test]
fn bootc_is_written_where_it_works() {
    let host = |keys: &str| {
        inventory(
            "  flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  network: lan\n  disk: { id: x }\n  payload: bootc\n",
            &[("a".to_owned(), keys.to_owned())],
        )
    };
    for target in ["F43", "F44", "F45", "RHEL10"] {
        let files = rendered(&host(&format!("target: {target}")));
        let kickstart = text(&files, "http/hosts/a/kickstart.ks");
        assert!(kickstart.contains("\nbootc --source-imgref=registry:quay.io/os/server:1@sha256:"));
        assert!(kickstart.contains("--target-imgref=quay.io/os/server:1 "));
        assert!(!kickstart.contains("\nostreecontainer"));
    }
    for (keys, expected) in [
        ("target: F42", "F42 does not know it"),
        ("target: RHEL9", "RHEL9 does not know it"),
        (
            "target: F43, storage: { separate: cis }",
            "F43 gives it one volume",
        ),
        (
            "target: F43, encryption: { unlock: tpm2, recovery-key: true }",
            "F43 does not encrypt for it",
        ),
        (
            "target: F45, image: \"registry.example.org/os/server:1\"",
            "it takes no credentials",
        ),
    ] {
        let problems = site(&host(keys)).unwrap_err();
        assert!(
            shown(&problems).contains(expected),
            "{keys}: {}",
            shown(&problems)
        );
    }
}
