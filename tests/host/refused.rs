//! What is refused, and how it is said.

use std::fs;

use crate::foreign::file;
use crate::site::{Site, base};
use crate::support::registry::TestRegistry;

#[test]
fn a_policy_that_demands_signatures_lets_nothing_in() {
    let Some(site) = Site::new() else { return };
    site.publish("2", &[base(), vec![file("/usr/x", 0o644, "x")]]);
    site.registry.become_faulty(Default::default());
    let folder = site.root(0).join("etc/containers");
    fs::create_dir_all(&folder).expect("made");
    let write = |text: &str| fs::write(folder.join("policy.json"), text).expect("written");
    write(r#"{"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}]}"#);
    let said = site.host(0, &["upgrade"]);
    said.expect(
        1,
        &[
            "/etc/containers/policy.json",
            "signedBy",
            "cannot verify signatures yet",
        ],
    );
    assert_eq!(site.registry.requests().len(), 0);
    write(r#"{"default": [{"type": "reject"}]}"#);
    site.host(0, &["upgrade"]).expect(1, &["rejects"]);
    write(r#"{"default": [{"type": "insecureAcceptAnything"}]}"#);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
}

#[test]
fn mistakes_in_the_configuration_are_shown_with_their_line() {
    let Some(site) = Site::new() else { return };
    let folder = site.root(0).join("etc/terroir");
    fs::create_dir_all(&folder).expect("made");
    let cases = [
        ("schedule: dayly\n", "dayly"),
        (
            "reboot: when-idle\nwindow: {from: \"25:00\", to: \"04:00\"}\n",
            "`25:00` is not a time of day",
        ),
        (
            "window: {days: [someday], from: \"01:00\", to: \"04:00\"}\n",
            "`someday` is not a day",
        ),
        ("random-delay: soon\n", "`soon` is not a length of time"),
        ("pause-until: later\n", "`later` is not a moment"),
        ("rebot: always\n", "rebot"),
        ("archive: /srv/ostree\n", "`/srv/ostree` is not the address"),
        ("boot-loader: later\n", "later"),
    ];
    for (text, words) in cases {
        fs::write(folder.join("host.yml"), text).expect("written");
        site.host(0, &["upgrade", "--scheduled"])
            .expect(2, &[words, "/etc/terroir/host.yml"]);
    }
    fs::write(folder.join("host.yml"), "pause-until: 2999-01-01\n").expect("written");
    site.host(0, &["upgrade", "--scheduled"])
        .expect(0, &["paused until 2999-01-01"]);
    fs::write(folder.join("host.yml"), "schedule: never\n").expect("written");
    site.host(0, &["upgrade", "--scheduled"])
        .expect(0, &["the schedule is `never`"]);
}

#[test]
fn a_mirror_is_asked_first_and_may_fail() {
    let Some(site) = Site::new() else { return };
    let digest = site.publish("2", &[base(), vec![file("/usr/x", 0o644, "x")]]);
    let folder = site.root(0).join("etc/terroir");
    fs::create_dir_all(&folder).expect("made");
    let mirror = TestRegistry::start(Default::default());
    let text = format!("mirror: {}\n", mirror.address());
    fs::write(folder.join("host.yml"), text).expect("written");
    site.host(0, &["upgrade"])
        .expect(0, &["the mirror did not answer", &digest]);
    assert!(
        mirror
            .requests()
            .iter()
            .any(|one| one.path.contains("os/web"))
    );
}

#[test]
fn images_that_are_not_for_this_machine_are_refused() {
    let Some(site) = Site::new() else { return };
    let before = site.command_lines();
    let mut plain = base();
    plain.retain(|(entry, _)| !entry.path.to_string().ends_with("life-cycle"));
    site.publish("2", &[plain]);
    site.host(0, &["upgrade"])
        .expect(3, &["not shaped for booting"]);
    site.publish(
        "3",
        &[
            base(),
            vec![file("/usr/lib/modules/6.2/vmlinuz", 0o644, "k")],
        ],
    );
    site.host(0, &["upgrade"]).expect(3, &["two kernels"]);
    let nowhere = site.registry.reference("os/nowhere:1").to_string();
    site.host(0, &["switch", &nowhere])
        .expect(3, &["os/nowhere"]);
    assert_eq!(site.command_lines(), before);
    site.assert_sound();
}

#[test]
fn a_disk_from_a_folder_follows_nothing() {
    let Some(site) = Site::new() else { return };
    let deploy = site.root(0);
    let origin = format!("{}.origin", deploy.display());
    let text = fs::read_to_string(&origin).expect("there");
    let text = text.replace(&site.reference(), "oci:out:latest");
    fs::write(&origin, text).expect("written");
    let words = ["made from oci:out:latest", "terroir host switch REFERENCE"];
    site.host(0, &["upgrade"]).expect(1, &words);
    // A timer does not fail for that, day after day.
    site.host(0, &["upgrade", "--scheduled"]).expect(0, &words);
}

#[test]
fn a_machine_without_deployments_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_terroir");
    let run = |words: &[&str]| {
        #[expect(clippy::disallowed_methods, reason = "tests start the program")]
        let output = std::process::Command::new(program).args(words).output();
        let output = output.expect("it starts");
        let text = String::from_utf8(output.stderr).expect("text");
        (output.status.code(), text)
    };
    let (code, text) = run(&["host", "status"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("this machine is not updated by images"),
        "{text}"
    );
    // The unit that runs it starts the machine again when it fails.
    assert_eq!(run(&["host", "health"]).0, Some(0));
    let place = folder.path().to_str().expect("UTF-8");
    let (code, text) = run(&["host", "upgrade", "--sysroot", place]);
    assert_eq!(code, Some(3), "{text}");
}
