//! Users and groups.

use serde_json::{Value, json};

use super::applied::{checked, listing, met, put, unmet_then_met};
use super::fake::{Disk, Repository};
use super::programs;
use crate::setting::{Declaration, Outcome};

const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/sh
sync:x:4:65534:sync:/bin:/bin/sync
bob:x:1000:1000::/home/bob:/bin/bash
";
const SHADOW: &str = "root:$y$j9T$salt$hash:19000:0:99999:7:::\ndaemon::19000:0:99999:7:::\n\
    bob:!$y$j9T$salt$hash:19000:0:99999:7:::\n";
const GROUP: &str =
    "root:x:0:\ndaemon:x:1:\nsudo:x:27:\nnogroup:x:65534:\nbob:x:1000:\nwheel:x:900:bob\n";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx0 alice@example";

fn root() -> Disk {
    let disk = Disk::new();
    disk.write("/etc/passwd", PASSWD);
    disk.write("/etc/shadow", SHADOW);
    disk.write("/etc/group", GROUP);
    disk.write("/etc/gshadow", "root:*::\nsudo:*::\nwheel:!::bob\n");
    disk.write("/home/bob/x", "");
    disk
}

fn alice() -> Value {
    json!({"user": {
        "alice": {
            "groups": ["sudo"], "shell": "/bin/bash", "comment": "Alice", "home": "/home/alice",
            "authorized-keys": [KEY],
        },
        "root": {"locked": true, "shell": "/bin/bash"},
        "*": {"home-mode": "0750", "system-without-shell": true, "shadowed": true},
    }})
}

#[test]
fn unmet_before_and_met_after() {
    let mut disk = root();
    let found = checked(&disk, &[alice()]);
    for (key, checked) in found {
        let expected = match key.as_str() {
            "user:root/present" => Outcome::Met,
            _ => Outcome::Unmet,
        };
        assert_eq!(checked.outcome, expected, "{key}: {}", checked.found);
    }
    met(&mut disk, &[alice()]);
    let text = |path: &str| std::fs::read_to_string(disk.root.path().join(path)).expect(path);
    assert_eq!(
        text("etc/passwd"),
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
         sync:x:4:65534:sync:/bin:/bin/sync\nbob:x:1000:1000::/home/bob:/bin/bash\n\
         alice:x:1001:1001:Alice:/home/alice:/bin/bash\n"
    );
    assert_eq!(
        text("etc/shadow"),
        "root:!$y$j9T$salt$hash:19000:0:99999:7:::\ndaemon:!:19000:0:99999:7:::\n\
         bob:!$y$j9T$salt$hash:19000:0:99999:7:::\nalice:!*::0:99999:7:::\n"
    );
    assert_eq!(
        text("etc/group"),
        "root:x:0:\ndaemon:x:1:\nsudo:x:27:alice\nnogroup:x:65534:\nbob:x:1000:\nwheel:x:900:bob\nalice:x:1001:\n"
    );
    assert!(text("etc/gshadow").contains("sudo:*::alice\n"));
    let files = listing(&disk);
    let alices = match rustix::process::geteuid().is_root() {
        true => (1001, 1001),
        false => (files["home"].1, files["home"].2),
    };
    for (path, mode) in [
        ("home/alice", 0o40_700),
        ("home/alice/.ssh", 0o40_700),
        ("home/alice/.ssh/authorized_keys", 0o100_600),
    ] {
        let (found, uid, gid, _) = &files[path];
        assert_eq!((*found, (*uid, *gid)), (mode, alices), "{path}");
    }
}

#[test]
fn groups_unmet_before_and_met_after() {
    unmet_then_met(
        &mut root(),
        &json!({"group": {"sugroup": {"members": []}, "staff": {"gid": 950, "members": ["bob"]}}}),
    );
    let mut disk = root();
    let members = json!({"group": {"wheel": {"members": []}, "last": {"range": [900, 905]}}});
    met(&mut disk, &[members]);
    let text = std::fs::read_to_string(disk.root.path().join("etc/group")).expect("groups");
    assert!(text.contains("wheel:x:900:\n"), "{text}");
    assert!(
        text.contains("last:x:901:\n"),
        "the first free number: {text}"
    );
}

#[test]
fn a_group_is_there_before_its_user() {
    let both = json!({"user": {"ann": {"uid": 2000, "group": "team", "groups": ["other"]}}});
    let mut disk = root();
    let refusal = put(&mut disk, std::slice::from_ref(&both)).expect_err("no group");
    assert!(refusal.to_string().contains("there is no group team"));
    met(
        &mut disk,
        &[both, json!({"group": {"team": {"gid": 2001}, "other": {}}})],
    );
}

#[test]
fn what_violates_it_is_found() {
    let rules = json!({"user": {"*": {
        "unique": true, "only-root": true, "own-homes": true, "shadowed": true,
    }}});
    let tidy = |disk: &Disk| {
        disk.write("/etc/shadow", "root:*:1:0:9:7:::\n");
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let home = disk.root.path().join("home/bob");
        std::os::unix::fs::chown(home, Some(1000), Some(1000)).expect("an owner");
    };
    for (path, more, key) in [
        ("/etc/passwd", "", ""),
        (
            "/etc/passwd",
            "eve:x:1000:1000::/home/bob:/bin/sh\n",
            "user:*/unique",
        ),
        (
            "/etc/passwd",
            "eve:x:1005:4711::/x:/bin/false\n",
            "user:*/unique",
        ),
        ("/etc/group", "eve:x:27:\n", "user:*/unique"),
        ("/etc/group", "sudo:x:28:\n", "user:*/unique"),
        (
            "/etc/passwd",
            "eve:x:0:1::/root:/bin/false\n",
            "user:*/only-root",
        ),
        (
            "/etc/passwd",
            "eve:x:1001:27::/home/eve:/bin/sh\n",
            "user:*/own-homes",
        ),
        (
            "/etc/passwd",
            "eve::1001:27::/x:/bin/false\n",
            "user:*/shadowed",
        ),
        ("/etc/shadow", "eve::1:0:9:7:::\n", "user:*/shadowed"),
    ] {
        let disk = root();
        tidy(&disk);
        let file = disk.root.path().join(path.trim_start_matches('/'));
        let text = std::fs::read_to_string(&file).expect("a database");
        std::fs::write(&file, format!("{text}{more}")).expect("a database");
        for (found, checked) in checked(&disk, std::slice::from_ref(&rules)) {
            if found == "user:*/own-homes" && !rustix::process::geteuid().is_root() {
                continue;
            }
            let unmet = found == key || (more.contains(":x:0:") && found == "user:*/unique");
            let expected = if unmet { Outcome::Unmet } else { Outcome::Met };
            assert_eq!(
                checked.outcome, expected,
                "{more}: {found} {}",
                checked.found
            );
        }
    }
    let mut disk = root();
    met(&mut disk, &[alice()]);
    let keys = disk.root.path().join("home/alice/.ssh/authorized_keys");
    std::fs::write(&keys, format!("{KEY}\nssh-rsa AAAAB3 mallory\n")).expect("keys");
    let found = checked(&disk, &[alice()]);
    assert_eq!(found["user:alice/authorized-keys"].outcome, Outcome::Unmet);
}

#[test]
fn roots_that_are_refused() {
    for (declaration, message) in [
        (
            json!({"user": {"bob": {"uid": 7}}}),
            "has the number 1000 already",
        ),
        (
            json!({"user": {"eve": {"uid": 1000}}}),
            "belongs to the user bob",
        ),
        (
            json!({"user": {"eve": {"range": [1000, 1000]}}}),
            "no number between",
        ),
        (
            json!({"user": {"eve": {"groups": ["nix"]}}}),
            "there is no group nix",
        ),
        (
            json!({"group": {"sudo": {"gid": 7}}}),
            "has the number 27 already",
        ),
        (
            json!({"group": {"eve": {"gid": 27}}}),
            "belongs to the group sudo",
        ),
        (
            json!({"group": {"eve": {"range": [900, 900]}}}),
            "no number between",
        ),
    ] {
        let refusal = put(&mut root(), std::slice::from_ref(&declaration)).expect_err(message);
        assert!(refusal.to_string().contains(message), "{refusal}");
        let key = super::applied::settings(&[declaration]);
        let named = key
            .iter()
            .any(|(kind, all)| all.keys().any(|name| kind.key(name) == refusal.setting()));
        assert!(named, "{} is a setting", refusal.setting());
        assert!(!refusal.hint().is_empty());
    }
}

#[test]
fn declarations_that_are_mistakes() {
    let private = "-----BEGIN OPENSSH PRIVATE KEY-----";
    for (declaration, message) in [
        (
            json!({"user": {"Eve": {}}}),
            "`Eve` is not the name of a user",
        ),
        (
            json!({"user": {"eve": {"groups": ["a b"]}}}),
            "not the name of a group",
        ),
        (
            json!({"user": {"eve": {"authorized-keys": [private]}}}),
            "a private key",
        ),
        (
            json!({"user": {"eve": {"authorized-keys": ["x"]}}}),
            "not the line of a public key",
        ),
        (
            json!({"user": {"eve": {"home": "x"}}}),
            "not an absolute path",
        ),
        (
            json!({"user": {"eve": {"comment": "a:b"}}}),
            "cannot stand in /etc/passwd",
        ),
        (
            json!({"user": {"eve": {"unique": true}}}),
            "`unique` does not go with `eve`",
        ),
        (
            json!({"user": {"*": {"shell": "/bin/sh"}}}),
            "`shell` does not go with `*`",
        ),
        (json!({"user": {"*": {}}}), "nothing is said"),
        (json!({"user": {"*": {"unique": false}}}), "says nothing"),
        (json!({"group": {"a:b": {}}}), "not the name of a group"),
        (json!({"group": {"g": {"range": [9, 1]}}}), "not a range"),
        (json!({"mount": {"/x": {}}}), "nothing is said about /x"),
        (
            json!({"mount": {"/x": {"what": "tmpfs"}}}),
            "only one of `what` and `type`",
        ),
        (
            json!({"mount": {"/x": {"what": "a", "type": "b", "separate": true}}}),
            "is separate",
        ),
        (
            json!({"mount": {"/x": {"options": ["a,b"]}}}),
            "cannot stand in a line of fstab",
        ),
    ] {
        let decoded: Declaration = serde_json::from_value(declaration.clone()).expect("decodes");
        let errors = decoded.settings(&Repository::default());
        let errors = errors.expect_err(&declaration.to_string());
        assert!(errors[0].message.contains(message), "{:?}", errors[0]);
        assert!(errors[0].hint.is_some(), "{declaration}");
    }
    let password = json!({"user": {"eve": {"password": "secret"}}});
    let error = serde_json::from_value::<Declaration>(password).expect_err("no place for it");
    assert!(error.to_string().contains("unknown field `password`"));
}

#[test]
fn systemd_reads_the_accounts_that_are_written() {
    let mut disk = root();
    let declarations = [alice(), json!({"group": {"team": {"gid": 950}}})];
    met(&mut disk, &declarations);
    let before = listing(&disk);
    let folder = format!("--root={}", disk.root.path().display());
    if programs::says("systemd-sysusers", &[&folder]).is_some() {
        let after = listing(&disk);
        for path in ["etc/passwd", "etc/group"] {
            assert_eq!(after[path], before[path], "{path} holds it all");
        }
    }
}
