//! Stricter values, and values shown to people.

use serde_json::{Value, json};

use super::render::table;
use crate::setting::Kind;

#[test]
fn what_is_at_least_as_strict() {
    let whole = |text: &str, mode: &str| json!({"file": {"/x": {"content": text, "mode": mode}}});
    let bits = |mode: &str| json!({"file": {"/x": {"mode": mode}}});
    let owned = |owner: &str| json!({"file": {"/x": {"owner": owner, "mode": "0600"}}});
    let one = |kind: &str, name: &str, value: &str| json!({kind: {name: value}});
    let config = |value: &str, create: bool| json!({"config": {"path": "/x", "style": "space", "values": {"k": value}, "create": create}});
    let options = |options: &[&str]| json!({"mount": {"/home": {"options": options}}});
    let homes = |mode: &str| json!({"user": {"*": {"home-mode": mode}}});
    for (candidate, mandatory, holds) in [
        (whole("a", "0640"), whole("a", "0644"), true),
        (whole("a", "0600"), whole("b", "0644"), false),
        (whole("a", "0650"), whole("a", "0644"), false),
        (whole("a", "0600"), bits("0640"), true),
        (whole("a", "0644"), bits("0640"), false),
        (bits("0600"), whole("a", "0644"), false),
        (bits("0400"), bits("0600"), true),
        (owned("root"), owned("root:root"), true),
        (owned("root:adm"), owned("root"), false),
        (owned("adm"), bits("0640"), true),
        (
            json!({"file": {"/x": {"owner": "root"}}}),
            bits("0640"),
            false,
        ),
        (
            json!({"file": {"/x": {"absent": true}}}),
            bits("0640"),
            false,
        ),
        (
            bits("0600"),
            json!({"file": {"/x": {"absent": true}}}),
            false,
        ),
        (one("sysctl", "a.b", "1"), one("sysctl", "a.b", "1"), true),
        (one("sysctl", "a.b", "2"), one("sysctl", "a.b", "1"), false),
        (
            one("kernel_module", "x", "disabled"),
            one("kernel_module", "x", "blacklisted"),
            true,
        ),
        (
            one("kernel_module", "x", "blacklisted"),
            one("kernel_module", "x", "disabled"),
            false,
        ),
        (
            one("service", "x.service", "masked"),
            one("service", "x.service", "disabled"),
            true,
        ),
        (
            one("service", "x.service", "disabled"),
            one("service", "x.service", "masked"),
            false,
        ),
        (
            one("service", "x.service", "masked"),
            one("service", "x.service", "enabled"),
            false,
        ),
        (one("karg", "a", "1"), one("karg", "a", "2"), false),
        (
            json!({"pam": {"pwhistory": 30}}),
            json!({"pam": {"pwhistory": true}}),
            true,
        ),
        (
            json!({"pam": {"pwhistory": 10}}),
            json!({"pam": {"pwhistory": true}}),
            false,
        ),
        (
            json!({"pam": {"pwhistory": false}}),
            json!({"pam": {"pwhistory": true}}),
            false,
        ),
        (
            json!({"pam": {"faillock": false}}),
            json!({"pam": {"faillock": true}}),
            false,
        ),
        (
            json!({"pam": {"nullok": true}}),
            json!({"pam": {"nullok": false}}),
            false,
        ),
        (
            json!({"shell": {"umask": "077"}}),
            json!({"shell": {"umask": "027"}}),
            true,
        ),
        (
            json!({"shell": {"umask": "022"}}),
            json!({"shell": {"umask": "027"}}),
            false,
        ),
        (
            json!({"shell": {"TMOUT": 600}}),
            json!({"shell": {"TMOUT": 900}}),
            true,
        ),
        (
            json!({"shell": {"TMOUT": 901}}),
            json!({"shell": {"TMOUT": 900}}),
            false,
        ),
        (
            one("sudo", "timestamp_timeout", "5"),
            one("sudo", "timestamp_timeout", "15"),
            true,
        ),
        (
            one("sudo", "timestamp_timeout", "-1"),
            one("sudo", "timestamp_timeout", "15"),
            false,
        ),
        (
            json!({"sudo": {"use_pty": false}}),
            json!({"sudo": {"use_pty": true}}),
            false,
        ),
        (
            one("limit", "* hard nproc", "5"),
            one("limit", "* hard nproc", "9"),
            true,
        ),
        (
            one("limit", "* hard nproc", "unlimited"),
            one("limit", "* hard nproc", "9"),
            false,
        ),
        (
            one("limit", "* soft nproc", "5"),
            one("limit", "* soft nproc", "9"),
            false,
        ),
        (
            one("banner", "motd", "Ours."),
            one("banner", "motd", "any"),
            true,
        ),
        (
            one("banner", "motd", "any"),
            one("banner", "motd", "Ours."),
            false,
        ),
        (options(&["nodev", "nosuid"]), options(&["nosuid"]), true),
        (options(&["nosuid", "suid"]), options(&["nosuid"]), false),
        (
            json!({"mount": {"/home": {"separate": true, "options": ["nosuid"]}}}),
            options(&["nosuid"]),
            true,
        ),
        (
            options(&["nosuid"]),
            json!({"mount": {"/home": {"separate": true, "options": ["nosuid"]}}}),
            false,
        ),
        (homes("0700"), homes("0750"), true),
        (homes("0755"), homes("0750"), false),
        (
            json!({"audit_rule": {"a": ["-w /b -p w -k c", "-w /a -p wa -k c"]}}),
            json!({"audit_rule": {"a": ["-w /a -p aw -k c"]}}),
            true,
        ),
        (
            json!({"audit_rule": {"a": ["-w /b -p w -k c"]}}),
            json!({"audit_rule": {"a": ["-w /a -p aw -k c"]}}),
            false,
        ),
        (
            one("apparmor", "profiles", "enforce"),
            one("apparmor", "profiles", "complain"),
            true,
        ),
        (
            one("apparmor", "profiles", "complain"),
            one("apparmor", "profiles", "enforce"),
            false,
        ),
        (
            json!({"bootloader": {"config-mode": "0400"}}),
            json!({"bootloader": {"config-mode": "0600"}}),
            true,
        ),
        (config("a", true), config("a", false), true),
        (config("a", true), config("b", true), false),
    ] {
        let setting = |declared: &Value| {
            let (kind, mut settings) = table(std::slice::from_ref(declared))
                .pop_first()
                .expect("one");
            let (name, value) = settings.pop_first().expect("one");
            (kind, name, value)
        };
        let ((kind, name, ours), (_, _, theirs)) = (setting(&candidate), setting(&mandatory));
        assert_eq!(
            kind.at_least(&name, &ours, &theirs),
            holds,
            "{candidate} for {mandatory}"
        );
    }
    for kind in Kind::ALL {
        assert!(
            !kind.at_least("x", &json!({"odd": 1}), &json!(17)),
            "{kind}"
        );
        assert!(kind.at_least("x", &json!(17), &json!(17)));
    }
}

#[test]
fn shows_a_line_for_people() {
    for (declaration, line) in [
        (json!({"sysctl": {"a.b": 1}}), "a.b = 1"),
        (
            json!({"kernel_module": {"x": "disabled"}}),
            "kernel module x is disabled",
        ),
        (
            json!({"kernel_module": {"x": "blacklisted"}}),
            "kernel module x is blacklisted",
        ),
        (
            json!({"kernel_module": {"x": "loaded"}}),
            "kernel module x is loaded at boot",
        ),
        (
            json!({"file": {"/x": {"content": "abc"}}}),
            "/x: 3 bytes, mode 0644, owner root:root",
        ),
        (json!({"file": {"/x": {"mode": "0600"}}}), "/x: mode 0600"),
        (json!({"file": {"/x": {"absent": true}}}), "/x: absent"),
        (
            json!({"config": {"path": "/x", "style": "space", "values": {"a": "b"}}}),
            "/x: a b",
        ),
        (
            json!({"config": {"path": "/x", "style": "ini", "values": {"s/a": "b"}}}),
            "/x: s/a=b",
        ),
        (
            json!({"config": {"path": "/x", "style": "equals", "values": {"a": null}}}),
            "/x: a",
        ),
        (
            json!({"service": {"x.service": "masked"}}),
            "unit x.service is masked",
        ),
        (
            json!({"service": {"user/x.service": "enabled"}}),
            "user unit x.service is enabled",
        ),
        (
            json!({"karg": {"console": ["a", "b"]}}),
            "kernel argument console=a console=b",
        ),
        (
            json!({"karg": {"quiet": false}}),
            "kernel argument quiet is not given",
        ),
        (
            json!({"pam": {"pwhistory": true}}),
            "PAM: the last 24 passwords are refused",
        ),
        (
            json!({"pam": {"wheel": "sugroup"}}),
            "PAM: only members of sugroup may use su",
        ),
        (
            json!({"pam": {"unix-hash": "yescrypt"}}),
            "PAM: passwords are hashed by yescrypt",
        ),
        (
            json!({"shell": {"umask": "0027"}}),
            "shells start with umask 027",
        ),
        (json!({"sudo": {"use_pty": false}}), "sudo: !use_pty"),
        (
            json!({"sudo": {"NOPASSWD": "absent"}}),
            "sudo: nothing says NOPASSWD",
        ),
        (
            json!({"limit": {"*  hard core": 0}}),
            "limit * hard core is 0",
        ),
        (
            json!({"banner": {"motd": "Ours.\nYes."}}),
            "/etc/motd says: Ours.",
        ),
        (
            json!({"mount": {"/home": {"separate": true, "options": ["nodev"]}}}),
            "/home: a partition of its own, mounted with nodev",
        ),
        (
            json!({"group": {"g": {"members": []}}}),
            "group g has no members",
        ),
        (
            json!({"user": {"*": {"unique": true}}}),
            "names and numbers of accounts are there once",
        ),
        (
            json!({"user": {"u": {"authorized-keys": []}}}),
            "user u has 0 SSH keys",
        ),
        (
            json!({"time": {"chrony": {"pools": ["a.example"]}}}),
            "the clock is set by chrony from a.example",
        ),
        (
            json!({"firewall": {"nftables": {"open": ["22/tcp"]}}}),
            "nftables drops all that comes in but 22/tcp",
        ),
        (json!({"audit_rule": {"a": ["-e 2"]}}), "audit rule a: -e 2"),
        (
            json!({"apparmor": {"profiles": "enforce"}}),
            "the profiles of AppArmor are enforced",
        ),
        (
            json!({"bootloader": {"password": "required"}}),
            "boot entries are edited only with a password",
        ),
        (
            json!({"karg": {"q": {"value": true, "architectures": ["amd64"]}}}),
            "kernel argument q (only x86_64)",
        ),
    ] {
        let (kind, settings) = table(std::slice::from_ref(&declaration))
            .pop_first()
            .expect("one");
        let (name, value) = settings.first_key_value().expect("one");
        assert_eq!(kind.show(name, value), line);
    }
    assert_eq!(
        Kind::SYSCTL.show("a.b", &json!(1)),
        "a.b = 1",
        "a value that is not of its kind"
    );
}
