//! New images that are confirmed, and those that are given up.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use terroir::bootable::ostree::GRUBENV;

use crate::foreign::{Member, file};
use crate::judge::run;
use crate::site::{Site, base};

/// An image with a check that says this and ends so.
fn checked(script: &str) -> Vec<Member> {
    vec![file(
        "/usr/share/terroir/health.d/10-check",
        0o755,
        &format!("#!/bin/sh\n{script}\n"),
    )]
}

/// Lets the next start be counted, as the shutdown after an update does.
fn count(site: &Site, tries: &str) {
    let folder = site.sysroot().join("boot/grub");
    fs::create_dir_all(&folder).expect("made");
    let file = format!("GRUBENV={}", folder.join("grubenv").display());
    run("env", &[&file, "sh", "-c", GRUBENV, "grubenv", tries], b"");
}

fn tries(site: &Site) -> Value {
    site.status(0)["tries"].clone()
}

#[test]
fn a_healthy_image_is_confirmed() {
    let Some(site) = Site::new() else { return };
    site.host(0, &["health"])
        .expect(0, &["nothing is to be confirmed"]);
    let digest = site.publish("2", &[base(), checked("exit 0")]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    count(&site, "tries=2");
    assert_eq!(site.status(0)["health"], "unconfirmed");
    site.host(0, &["health"])
        .expect(0, &["works and is confirmed"]);
    assert_eq!(tries(&site), Value::Null);
    site.host(0, &["history"])
        .expect(0, &["confirmed", &digest]);
    site.host(0, &["health"])
        .expect(0, &["nothing is to be confirmed"]);
}

#[test]
fn an_image_that_fails_its_check_is_given_up() {
    let Some(site) = Site::new() else { return };
    let digest = site.publish(
        "2",
        &[
            base(),
            checked("echo checking; echo the web server is silent >&2; exit 3"),
        ],
    );
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    count(&site, "tries=1");
    let why = "the check 10-check: the web server is silent";
    site.host(0, &["health"]).expect(1, &[why, "tries left: 1"]);
    // GRUB counted down to nothing and started the other one.
    count(&site, "tries=0");
    site.host(1, &["health"])
        .expect(0, &["the one before stays", why]);
    assert_eq!(tries(&site), Value::Null);
    assert_eq!(site.versions(0)[0], "1");
    site.host(0, &["history"])
        .expect(0, &["unhealthy", "went-back", why, &digest]);
    let status = site.host(0, &["status"]);
    status.expect(0, &["did not work here", why, &digest]);
    site.assert_sound();

    // A timer does not take it again; who asks by hand gets it.
    let state = site
        .sysroot()
        .join("ostree/deploy/terroir/var/lib/terroir-host/host.json");
    let text = fs::read_to_string(&state).expect("there");
    let mut known: Value = serde_json::from_str(&text).expect("JSON");
    known.as_object_mut().expect("a mapping").remove("checked");
    fs::write(&state, known.to_string()).expect("written");
    site.host(0, &["upgrade", "--scheduled"])
        .expect(0, &["held back", why]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
}

#[test]
fn an_image_that_never_came_up_is_given_up() {
    let Some(site) = Site::new() else { return };
    site.publish("2", &[base(), checked("exit 0")]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    count(&site, "tries=0");
    site.host(1, &["health"])
        .expect(0, &["its kernel did not load"]);
    assert_eq!(site.versions(0)[0], "1");
}

#[test]
fn a_machine_may_replace_checks_and_mistakes_cost_nothing() {
    let Some(site) = Site::with(&[[base(), checked("exit 1")].concat()]) else {
        return;
    };
    count(&site, "tries=3");
    site.host(0, &["health"]).expect(
        0,
        &["no other to go back to", "10-check failed and said nothing"],
    );
    assert_eq!(tries(&site), Value::Null);

    let own = site.root(0).join("etc/terroir/health.d");
    fs::create_dir_all(&own).expect("made");
    std::os::unix::fs::symlink("/dev/null", own.join("10-check")).expect("made");
    fs::write(
        site.root(0).join("etc/terroir/host.yml"),
        "schedul: daily\n",
    )
    .expect("written");
    count(&site, "tries=3");
    site.host(0, &["health"])
        .expect(0, &["schedul", "works and is confirmed"]);
    let slow = own.join("20-slow");
    fs::write(&slow, "#!/bin/sh\nsleep 60\n").expect("written");
    make_executable(&slow);
    fs::write(
        site.root(0).join("etc/terroir/host.yml"),
        "health: {timeout: 1s}\n",
    )
    .expect("written");
    count(&site, "tries=3");
    site.host(0, &["health"])
        .expect(0, &["20-slow", "did not end within 1 seconds"]);
}

fn make_executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
}

/// A program with this text, and a record whose tests ask for another one, and for the image's motd.
fn tested(tool: &str) -> Vec<Member> {
    let origin = |line: u32| json!({ "file": "recipes/web.yml", "line": line, "column": 5 });
    let test =
        |line: u32, test: Value| json!({ "flavour": "web", "origin": origin(line), "test": test });
    let record = json!({
        "format": 3,
        "ancestry": [{ "name": "web", "tier": "local", "recipe": "recipes/web.yml" }],
        "reference": "web",
        "facts": { "architecture": "amd64", "codename": "trixie", "family": "debian", "id": "debian", "versionId": "13" },
        "settings": {},
        "tests": [
            test(8, json!({ "file": { "path": "/etc/motd", "contains": ["from the image"] } })),
            test(9, json!({ "file": { "path": "/usr/bin/tool", "contains": ["the first tool"] } })),
            test(10, json!({ "file": { "path": "/home/someone", "exists": false } })),
            test(11, json!({ "command": { "run": "exit 7" } })),
        ],
        "osRelease": "",
        "units": { "files": {} },
        "epoch": 1,
    });
    vec![
        file("/usr/bin/tool", 0o755, tool),
        file("/usr/lib/terroir/flavour.json", 0o644, &record.to_string()),
    ]
}

#[test]
fn an_image_whose_own_tests_fail_is_not_well() {
    let Some(site) = Site::with(&[base(), tested("the first tool")]) else {
        return;
    };
    // The machine has its own text there, before and after the update.
    fs::write(site.root(0).join("etc/motd"), "from the machine\n").expect("written");
    site.publish("2", &[base(), tested("the second tool")]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    count(&site, "tries=2");
    let why =
        "the test file /usr/bin/tool of web does not hold: expected the text `the first tool`";
    let said = site.host(0, &["health"]);
    said.expect(1, &[why, "(recipes/web.yml:9", "tries left: 2"]);
    for word in ["motd", "exit 7"] {
        assert!(!said.text.contains(word), "{}", said.text);
    }
    site.host(0, &["history"])
        .expect(0, &["unhealthy", "the test file /usr/bin/tool of web"]);

    let own = site.root(0).join("etc/terroir");
    fs::create_dir_all(&own).expect("made");
    fs::write(own.join("host.yml"), "health: {tests: false}\n").expect("written");
    count(&site, "tries=2");
    site.host(0, &["health"])
        .expect(0, &["works and is confirmed"]);

    // What cannot be read cannot be confirmed.
    fs::remove_file(own.join("host.yml")).expect("removed");
    let newer = file("/usr/lib/terroir/flavour.json", 0o644, "{\"format\": 99}");
    site.publish("3", &[base(), vec![newer]]);
    site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    count(&site, "tries=2");
    site.host(0, &["health"])
        .expect(1, &["the tests of the image cannot be run", "format 99"]);
}
