//! Updates that work, and the way back.

use std::fs;

use serde_json::json;

use crate::foreign::{Member, file};
use crate::site::{Site, base};

/// The layer of a second version.
fn second() -> Vec<Member> {
    let kargs = "kargs = [\"console=tty0\", \"new=1\"]\n";
    vec![
        file("/etc/motd", 0o644, "from the second image\n"),
        file("/etc/hosts", 0o644, "127.0.0.1 localhost two\n"),
        file("/usr/bin/tool", 0o755, "the second tool"),
        file("/usr/lib/bootc/kargs.d/10.toml", 0o644, kargs),
    ]
}

#[test]
fn an_update_and_the_way_back() {
    let Some(site) = Site::new() else { return };
    let first = site.status(0);
    assert_eq!(first["image"], site.reference());
    assert_eq!(first["health"], "confirmed");
    assert_eq!(first["deployments"][0]["version"], "1");
    site.host(0, &["upgrade"]).expect(0, &["up to date"]);
    site.host(0, &["rollback"])
        .expect(1, &["no other deployment"]);

    let digest = site.publish("2", &[base(), second()]);
    site.registry.become_faulty(Default::default());
    let check = site.host(0, &["upgrade", "--check"]);
    check.expect(0, &["available", "1 new layers", &digest]);
    assert_eq!(site.versions(0), ["1"]);
    // The layer that the disk was made from is not fetched again.
    let upgrade = site.host(0, &["upgrade"]);
    upgrade.expect(0, &["starts next", " 2 (", "1 new layers"]);
    assert_eq!(
        site.registry.count("GET /v2/os/web/blobs/"),
        2 + 1,
        "configs and a layer"
    );
    site.assert_sound();
    assert_eq!(site.versions(1), ["2", "1"]);
    assert_eq!(
        site.command_lines(),
        [
            "root=UUID=1 rw console=tty0 local=1 new=1",
            "root=UUID=1 rw console=tty0 old=1 local=1"
        ]
    );
    let tool = fs::read_to_string(site.root(0).join("usr/bin/tool"));
    assert_eq!(tool.expect("there"), "the second tool");
    assert!(
        !site
            .sysroot()
            .join("ostree/deploy/terroir/var/lib/thing")
            .exists()
    );
    site.host(1, &["upgrade"])
        .expect(0, &["starts next already"]);

    // The machine started the new one.
    site.host(0, &["upgrade"]).expect(0, &["up to date"]);
    site.host(0, &["rollback"])
        .expect(0, &["the image before starts next"]);
    let versions = site.versions(0);
    assert_eq!(versions[0], "1", "{versions:?}");
    assert_eq!(
        site.command_lines()[0],
        "root=UUID=1 rw console=tty0 old=1 local=1"
    );
    site.assert_sound();
    what_was_rolled_back_waits(&site, &digest);
}

/// Nobody asked for it again, and a timer does not.
fn what_was_rolled_back_waits(site: &Site, digest: &str) {
    let scheduled = site.host(0, &["upgrade", "--scheduled"]);
    scheduled.expect(0, &["the registry was asked not long ago"]);
    let state = site
        .sysroot()
        .join("ostree/deploy/terroir/var/lib/terroir-host/host.json");
    let mut known: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&state).expect("there")).expect("JSON");
    known["checked"] = json!("2026-01-01T00:00:00Z");
    fs::write(&state, known.to_string()).expect("written");
    let scheduled = site.host(0, &["upgrade", "--scheduled"]);
    scheduled.expect(0, &["held back", "somebody asked for the image before"]);
    site.host(0, &["upgrade"])
        .expect(0, &["starts next:", "0 new layers"]);
    let history = site.host(0, &["history"]);
    history.expect(0, &["staged", "rolled-back", digest]);
}

#[test]
fn another_image_is_followed_from_then_on() {
    let Some(site) = Site::new() else { return };
    site.publish_as("os/other:13", "13", &[base(), second()]);
    let other = site.registry.reference("os/other:13").to_string();
    site.host(0, &["switch", &other])
        .expect(0, &["starts next", " 13 ("]);
    assert_eq!(site.status(0)["image"], other);
    let digest = site.publish_as(
        "os/other:13",
        "13.1",
        &[base(), vec![file("/usr/x", 0o644, "x")]],
    );
    site.host(0, &["upgrade"]).expect(0, &["13.1", &digest]);
    site.host(0, &["switch", "web"])
        .expect(2, &["does not say which registry"]);
}

#[test]
fn what_the_machine_changed_stays_and_is_named_with_its_setting() {
    let claim = json!([{ "value": "x", "origin": { "file": "group.yml", "line": 1, "column": 1 },
        "flavour": "acme-server", "tier": "group" }]);
    let record = json!({
        "format": 2, "reference": "acme-server", "osRelease": "", "epoch": 0,
        "ancestry": [{ "name": "acme-server", "tier": "group", "recipe": "group.yml" }],
        "facts": { "family": "debian", "id": "debian", "versionId": "13", "codename": "trixie",
            "architecture": "amd64" },
        "settings": { "file:/etc/motd": claim, "sysctl:kernel.panic": claim },
        "units": { "files": {} },
    });
    let record = file("/usr/lib/terroir/flavour.json", 0o644, &record.to_string());
    let Some(site) = Site::with(&[[base(), vec![record]].concat()]) else {
        return;
    };
    let etc = site.root(0).join("etc");
    fs::write(etc.join("motd"), "from the machine\n").expect("written");
    fs::write(etc.join("added"), "from the machine\n").expect("written");
    let status = site.status(0);
    let expected = json!([
        { "path": "/etc/added", "change": "added", "settings": [] },
        { "path": "/etc/motd", "change": "modified", "settings": [
            { "setting": "file:/etc/motd", "tier": "group", "flavour": "acme-server" }] },
    ]);
    assert_eq!(status["etc"], expected);
    site.publish("2", &[base(), second()]);
    let upgrade = site.host(0, &["upgrade"]);
    let line = "modified  /etc/motd  file:/etc/motd (group: acme-server)";
    upgrade.expect(0, &["stays as this machine has it", line]);
    assert!(!upgrade.text.contains("/etc/added"), "{}", upgrade.text);
    let text = |name: &str| fs::read_to_string(site.root(0).join(name)).expect("there");
    assert_eq!(text("etc/motd"), "from the machine\n");
    assert_eq!(text("etc/hosts"), "127.0.0.1 localhost two\n");
    assert_eq!(text("etc/added"), "from the machine\n");
}

#[test]
fn layers_of_no_deployment_are_forgotten() {
    let Some(site) = Site::new() else { return };
    let layers = || {
        let folder = site.sysroot().join("ostree/repo/refs/heads/terroir/layer");
        fs::read_dir(folder).expect("there").count()
    };
    for version in ["2", "3", "4"] {
        let content = file("/usr/bin/tool", 0o755, version);
        site.publish(version, &[base(), vec![content]]);
        site.host(0, &["upgrade"]).expect(0, &["starts next"]);
    }
    // The base, the last one, and the one that ran before.
    assert_eq!(layers(), 3);
    site.assert_sound();
}
