//! What documents may declare, and what it means.

use serde_json::{Value, json};

use super::fake::Repository;
use crate::setting::{Declaration, Kind, Setting};

pub(super) fn repository() -> Repository {
    Repository::default()
        .file("issue.txt", "Hello {{ name }}\n")
        .file("big", &"x".repeat(300_000))
        .file("binary", "a\0b")
}

pub(super) fn decode(declaration: &Value) -> Declaration {
    serde_json::from_value(declaration.clone()).expect("decodes")
}

fn declare(declaration: &Value) -> Vec<Setting> {
    decode(declaration)
        .settings(&repository())
        .unwrap_or_else(|error| panic!("{declaration}: {error:?}"))
}

#[test]
fn canonical_settings() {
    for (declaration, key, value) in [
        (
            json!({"sysctl": {"net.ipv4.ip_forward": 0}}),
            "sysctl:net.ipv4.ip_forward",
            json!("0"),
        ),
        (
            json!({"sysctl": {"net/ipv4/ip_forward": "1"}}),
            "sysctl:net.ipv4.ip_forward",
            json!("1"),
        ),
        (
            json!({"sysctl": {"net/ipv4/conf/eth0.1/forwarding": 1}}),
            "sysctl:net.ipv4.conf.eth0/1.forwarding",
            json!("1"),
        ),
        (
            json!({"sysctl": {"net.ipv4.tcp_rmem": " 4096 \t 87380  6291456 "}}),
            "sysctl:net.ipv4.tcp_rmem",
            json!("4096 87380 6291456"),
        ),
        (
            json!({"kernel_module": {"usb-storage": "disabled"}}),
            "kernel_module:usb-storage",
            json!("disabled"),
        ),
        (
            json!({"file": {"/etc//issue": {"content": "x"}}}),
            "file:/etc/issue",
            json!({"whole": {"text": "x", "mode": "0644", "owner": "root:root"}}),
        ),
        (
            json!({"file": {"/etc/issue": {"source": "issue.txt", "template": true, "mode": "0600", "owner": "daemon:4"}}}),
            "file:/etc/issue",
            json!({"whole": {"text": "Hello acme\n", "mode": "0600", "owner": "daemon:4"}}),
        ),
        (
            json!({"file": {"/etc/issue": {"source": "issue.txt"}}}),
            "file:/etc/issue",
            json!({"whole": {"text": "Hello {{ name }}\n", "mode": "0644", "owner": "root:root"}}),
        ),
        (
            json!({"file": {"/etc/crontab": {"mode": "04755"}}}),
            "file:/etc/crontab",
            json!({"bits": {"mode": "4755", "owner": null}}),
        ),
        (
            json!({"file": {"/etc/cron.deny": {"absent": true}}}),
            "file:/etc/cron.deny",
            json!("absent"),
        ),
        (
            json!({"config": {"path": "/etc/ssh/sshd_config", "style": "space", "values": {"UsePAM": "yes"}}}),
            "config:/etc/ssh/sshd_config#UsePAM",
            json!({"style": "space", "value": "yes", "create": false}),
        ),
        (
            json!({"config": {"path": "/etc/x", "style": "ini", "values": {"a/b c": true}, "create": true}}),
            "config:/etc/x#a/b c",
            json!({"style": "ini", "value": "true", "create": true}),
        ),
        (
            json!({"config": {"path": "/etc/x", "style": "equals", "values": {"audit": null}}}),
            "config:/etc/x#audit",
            json!({"style": "equals", "value": null, "create": false}),
        ),
        (
            json!({"service": {"ssh.service": "enabled"}}),
            "service:ssh.service",
            json!("enabled"),
        ),
        (
            json!({"service": {"user/foo@a.timer": "masked"}}),
            "service:user/foo@a.timer",
            json!("masked"),
        ),
        (
            json!({"karg": {"quiet": true}}),
            "karg:quiet",
            json!([null]),
        ),
        (json!({"karg": {"quiet": false}}), "karg:quiet", json!([])),
        (
            json!({"karg": {"loglevel": 3}}),
            "karg:loglevel",
            json!(["3"]),
        ),
        (
            json!({"karg": {"console": ["tty0", "ttyS0,115200"]}}),
            "karg:console",
            json!(["tty0", "ttyS0,115200"]),
        ),
        (
            json!({"karg": {"dyndbg": "\"file a.c +p\""}}),
            "karg:dyndbg",
            json!(["\"file a.c +p\""]),
        ),
        (
            json!({"karg": {"console": {"value": "ttyAMA0", "architectures": ["arm64", "aarch64", "amd64"]}}}),
            "karg:console@aarch64,x86_64",
            json!(["ttyAMA0"]),
        ),
    ] {
        let settings = declare(&declaration);
        let [setting] = settings.as_slice() else {
            panic!("one setting of {declaration}")
        };
        assert_eq!((setting.key().as_str(), &setting.value), (key, &value));
        assert_eq!(Kind::from_prefix(setting.kind.prefix()), Some(setting.kind));
    }
}

#[test]
fn the_example_of_every_kind_is_a_declaration_of_it() {
    for kind in Kind::ALL {
        let example: String = kind
            .example()
            .lines()
            .map(|line| format!("  {line}\n"))
            .collect();
        let node = crate::yaml::parse("example.yml", &format!("{kind}:\n{example}"))
            .expect("the example is YAML");
        let declaration: Declaration = crate::yaml::decode(&node).expect("it decodes");
        let settings = declaration
            .settings(&repository())
            .unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        assert!(!settings.is_empty(), "{kind} has an example of nothing");
        for setting in settings {
            assert_eq!(setting.kind, kind);
            let shown = kind.show(&setting.name, &setting.value);
            assert!(!shown.is_empty(), "{kind} shows nothing");
            assert!(kind.at_least(&setting.name, &setting.value, &setting.value));
        }
    }
}
