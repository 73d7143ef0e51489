//! What documents may declare, and what they hear when they may not.

use serde_json::{Value, json};

use super::fake::Repository;
use crate::setting::{Declaration, Kind, Setting};

fn repository() -> Repository {
    Repository::default()
        .file("issue.txt", "Hello {{ name }}\n")
        .file("big", &"x".repeat(300_000))
        .file("binary", "a\0b")
}

fn decode(declaration: &Value) -> Declaration {
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
fn every_error_says_what_to_do() {
    let config = |style: &str, path: &str, key: &str, value: Value| json!({"config": {"path": path, "style": style, "values": {key: value}}});
    for (declaration, message, hint) in [
        (
            json!({"sysctl": {"swappiness": 1}}),
            "it has no dot",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"a..b": 1}}),
            "between two dots is empty",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"a.b=c": 1}}),
            "a character that no parameter has",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"-a.b": 1}}),
            "begins with a dash",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"a.b": true}}),
            "`a.b` needs a number or a text",
            "write 1 or \"true\"",
        ),
        (
            json!({"sysctl": {"a.b": 1.5}}),
            "`a.b` needs a number or a text",
            "in quotes: \"1.5\"",
        ),
        (
            json!({"sysctl": {"a.b": null}}),
            "`a.b` needs a number or a text",
            "after the colon",
        ),
        (
            json!({"sysctl": {"a.b": "1\n2"}}),
            "longer than one line",
            "spaces between them",
        ),
        (
            json!({"sysctl": {"a.b": " "}}),
            "the value of `a.b` is empty",
            "drop the line",
        ),
        (
            json!({"kernel_module": {"cramfs.ko": "disabled"}}),
            "`cramfs.ko` is not the name",
            "for example cramfs",
        ),
        (
            json!({"kernel_module": {"": "disabled"}}),
            "is not the name",
            "for example cramfs",
        ),
        (
            json!({"file": {"etc/x": {"content": ""}}}),
            "`etc/x` is not an absolute path",
            "write /etc/x",
        ),
        (
            json!({"file": {"/etc/../x": {"content": ""}}}),
            "climbs with `..`",
            "without `..`",
        ),
        (
            json!({"file": {"/usr/lib/terroir/x": {"content": ""}}}),
            "belongs to the flavour record",
            "choose another folder",
        ),
        (
            json!({"file": {"/lib/terroir": {"content": ""}}}),
            "belongs to the flavour record",
            "choose another folder",
        ),
        (
            json!({"file": {"/x": {"mode": 644}}}),
            "the mode 644 is not octal text",
            "mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": 987_654}}}),
            "the mode 987654 is not octal text",
            "mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": "600"}}}),
            "the mode 600 is not octal text",
            "write mode: \"0600\"",
        ),
        (
            json!({"file": {"/x": {"mode": "0o750"}}}),
            "the mode 0o750 is not octal text",
            "write mode: \"0750\"",
        ),
        (
            json!({"file": {"/x": {"mode": "0689"}}}),
            "the mode 0689 is not octal text",
            "write mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": "u+x"}}}),
            "the mode u+x is not octal text",
            "write mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": true}}}),
            "is not octal text",
            "write mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"owner": "a b"}}}),
            "`a b` is not an owner",
            "user:group",
        ),
        (
            json!({"file": {"/x": {}}}),
            "nothing is said about /x",
            "give `content`",
        ),
        (
            json!({"file": {"/x": {"content": "", "absent": true}}}),
            "/x cannot be absent and have",
            "drop `absent: true`",
        ),
        (
            json!({"file": {"/x": {"mode": "0644", "absent": true}}}),
            "/x cannot be absent and have",
            "drop `absent: true`",
        ),
        (
            json!({"file": {"/x": {"content": "", "source": "issue.txt"}}}),
            "/x has two contents",
            "keep `content` or `source`",
        ),
        (
            json!({"file": {"/x": {"template": true, "mode": "0644"}}}),
            "`template: true` says nothing",
            "drop `template`",
        ),
        (
            json!({"file": {"/x": {"source": "big"}}}),
            "has 300000 bytes; a setting carries at most",
            "type `files`",
        ),
        (
            json!({"file": {"/x": {"source": "nowhere"}}}),
            "there is no file nowhere",
            "",
        ),
        (
            json!({"file": {"/x": {"source": "binary"}}}),
            "the file is no text",
            "",
        ),
        (
            json!({"file": {"/x": {"content": "{{ missing }}", "template": true}}}),
            "`missing` is not defined",
            "",
        ),
        (
            config("space", "etc/x", "k", json!("v")),
            "`etc/x` is not an absolute path",
            "write /etc/x",
        ),
        (
            config("space", "/etc/a#b", "k", json!("v")),
            "/etc/a#b holds a `#`",
            "the kind `file`",
        ),
        (
            config("space", "/etc/x", "a b", json!("v")),
            "`a b` is not a key",
            "write the key alone",
        ),
        (
            config("equals", "/etc/x", "a=b", json!("v")),
            "`a=b` is not a key",
            "write the key alone",
        ),
        (
            config("ini", "/etc/x", "[a]/b", json!("v")),
            "`[a]/b` is not a key",
            "write section/key",
        ),
        (
            config("ini", "/etc/x", "a/", json!("v")),
            "`a/` is not a key",
            "write section/key",
        ),
        (
            config("space", "/etc/x", "k", json!(1.5)),
            "`k` needs a text",
            "in quotes",
        ),
        (
            config("space", "/etc/x", "k", json!("a\nb")),
            "the value of `k` is longer than one line",
            "the kind `file`",
        ),
        (
            config("ini", "/etc/x", "s/k", json!("a\\")),
            "the value of `s/k` ends in a backslash",
            "in quotes inside",
        ),
        (
            json!({"service": {"ssh": "enabled"}}),
            "`ssh` is not the name of a unit",
            "write the whole name: ssh.service",
        ),
        (
            json!({"service": {"user/ssh": "enabled"}}),
            "`user/ssh` is not",
            "write the whole name: user/ssh.service",
        ),
        (
            json!({"service": {"a b.service": "enabled"}}),
            "`a b.service` is not",
            "with its suffix",
        ),
        (
            json!({"karg": {"a b": true}}),
            "`a b` is not the name of a kernel argument",
            "the part before `=`",
        ),
        (
            json!({"karg": {"console=tty0": true}}),
            "is not the name of a kernel argument",
            "the part before `=`",
        ),
        (
            json!({"karg": {"x": "a b"}}),
            "holds a space, where the kernel would split it",
            "double quotes around it",
        ),
        (
            json!({"karg": {"x": "\"a b"}}),
            "opens a quote and does not close it",
            "both quotes",
        ),
        (
            json!({"karg": {"x": "a\nb"}}),
            "holds a control character",
            "one line",
        ),
        (
            json!({"karg": {"x": []}}),
            "the list of `x` is empty",
            "write `false`",
        ),
        (
            json!({"karg": {"x": ["a", false]}}),
            "given and not given at once",
            "drop `false`",
        ),
        (
            json!({"karg": {"x": 1.5}}),
            "`x` needs a value",
            "in quotes",
        ),
        (
            json!({"karg": {"x": {"value": 1, "architectures": ["i386"]}}}),
            "there is no architecture `i386`",
            "known are aarch64, amd64, arm64",
        ),
    ] {
        let errors = decode(&declaration).settings(&repository());
        let errors = errors.expect_err(&declaration.to_string());
        let [error] = errors.as_slice() else {
            panic!("one error of {declaration}: {errors:?}")
        };
        assert!(error.message.contains(message), "{declaration}: {error}");
        let said = error.hint.as_deref().unwrap_or_default();
        assert!(said.contains(hint), "{declaration}: {said}");
    }
}

#[test]
fn all_errors_are_told_at_once() {
    let declaration =
        decode(&json!({"service": {"a": "enabled", "b.service": "enabled", "c": "masked"}}));
    assert_eq!(
        declaration.settings(&repository()).expect_err("two").len(),
        2
    );
}

#[test]
fn shapes_that_do_not_decode() {
    for (declaration, message) in [
        (
            json!({"sysctls": {}}),
            "unknown variant `sysctls`, expected one of `sysctl`, `kernel_module`",
        ),
        (
            json!({"kernel_module": {"x": "off"}}),
            "unknown variant `off`, expected one of `disabled`",
        ),
        (
            json!({"file": {"/x": {"contents": ""}}}),
            "unknown field `contents`",
        ),
        (
            json!({"sysctl": {"a.b": []}}),
            "expected a text, a whole number",
        ),
        (
            json!({"karg": {"x": {"values": 1}}}),
            "unknown field `values`, expected `value` or `architectures`",
        ),
        (
            json!({"karg": {"x": {"architectures": []}}}),
            "missing field `value`",
        ),
        (
            json!({"karg": {"x": {"value": {"value": 1, "architectures": ["amd64"]}}}}),
            "`value` is a mapping itself",
        ),
    ] {
        let error = serde_json::from_value::<Declaration>(declaration).expect_err(message);
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn the_schema_knows_what_is_accepted() {
    let schema = schemars::schema_for!(Declaration);
    let validator = jsonschema::validator_for(schema.as_value()).expect("a schema");
    for (declaration, valid) in [
        (json!({"sysctl": {"a.b": 1}}), true),
        (json!({"sysctl": {"a.b": [1]}}), false),
        (
            json!({"karg": {"x": {"value": ["a", true], "architectures": ["arm64"]}}}),
            true,
        ),
        (
            json!({"karg": {"x": {"value": "a", "architectures": ["i386"]}}}),
            false,
        ),
        (json!({"karg": {"quiet": true}}), true),
        (json!({"file": {"/x": {"mode": "0644"}}}), true),
        (json!({"file": {"/x": {"modes": "0644"}}}), false),
        (
            json!({"config": {"path": "/x", "style": "space", "values": {"a": "b"}}}),
            true,
        ),
        (
            json!({"config": {"path": "/x", "style": "toml", "values": {}}}),
            false,
        ),
        (json!({"service": {"a.service": "enabled"}}), true),
        (json!({"kernel_module": {"a": "on"}}), false),
    ] {
        assert_eq!(validator.is_valid(&declaration), valid, "{declaration}");
    }
}
