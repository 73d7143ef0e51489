//! Kernel arguments, os-release and plain settings.

use serde_json::json;

use super::{compile, refused, settings};
use crate::action::{Edit, EditStyle};
use crate::module::Dialect;
use crate::setting::apply;
use crate::setting::tests::fake::Repository;

#[test]
fn kargs_become_settings_by_name() {
    for (configuration, expected) in [
        (
            json!({"kargs": ["quiet", "console=tty0", "audit=1", "console=ttyS0,115200"]}),
            vec![
                ("karg:quiet", "kernel argument quiet"),
                ("karg:console", "kernel argument console=tty0"),
                ("karg:audit", "kernel argument audit=1"),
                ("karg:console", "kernel argument console=ttyS0,115200"),
            ],
        ),
        (
            json!({"kargs": ["a=b=c", "debug", "debug="], "arch": "x86_64, arm64"}),
            vec![
                (
                    "karg:a@aarch64,x86_64",
                    "kernel argument a=b=c (only aarch64, x86_64)",
                ),
                (
                    "karg:debug@aarch64,x86_64",
                    "kernel argument debug (only aarch64, x86_64)",
                ),
                (
                    "karg:debug@aarch64,x86_64",
                    "kernel argument debug= (only aarch64, x86_64)",
                ),
            ],
        ),
        (json!({"kargs": []}), vec![]),
    ] {
        for dialect in [Dialect::Native, Dialect::BlueBuild] {
            let compiled = compile("kargs", dialect, &configuration, &Repository::default());
            let compiled = compiled.expect("valid");
            let words: Vec<(String, String)> = compiled
                .settings
                .iter()
                .map(|one| (one.key(), one.kind.show(&one.name, &one.value)))
                .collect();
            let expected: Vec<(String, String)> = expected
                .iter()
                .map(|(key, shown)| ((*key).to_owned(), (*shown).to_owned()))
                .collect();
            assert_eq!(words, expected);
        }
    }
}

#[test]
fn kargs_that_are_mistakes() {
    for (configuration, message, hint) in [
        (
            json!({"replace": {"console=tty0": "quiet"}}),
            "`quiet` has another name than `console`",
            "write it under `remove`",
        ),
        (
            json!({"kargs": ["a"], "arch": "x86_64,i386"}),
            "there is no architecture `i386`",
            "known are",
        ),
        (
            json!({"kargs": ["a b"]}),
            "`a b` is not the name of a kernel argument",
            "without spaces",
        ),
        (
            json!({"kargs": ["a=b c"]}),
            "holds a space",
            "double quotes",
        ),
    ] {
        let outcome = compile(
            "kargs",
            Dialect::Native,
            &configuration,
            &Repository::default(),
        );
        refused(outcome, message, hint);
    }
}

#[test]
fn os_release_quotes_every_value() {
    let properties =
        json!({"properties": {"NAME": "Acme \"OS\" $1", "VERSION_ID": 12, "ID": "acme"}});
    let compiled = compile(
        "os-release",
        Dialect::BlueBuild,
        &properties,
        &Repository::default(),
    );
    let compiled = compiled.expect("valid");
    let values: Vec<(String, String)> = compiled
        .settings
        .iter()
        .map(|setting| {
            let key = setting.key();
            let key = key
                .strip_prefix("config:/usr/lib/os-release#")
                .expect("the file");
            let value = setting.value["value"].as_str().expect("a text");
            assert_eq!(setting.value["style"], "equals");
            (key.to_owned(), value.to_owned())
        })
        .collect();
    let edit = Edit {
        style: EditStyle::Equals,
        reader: None,
        values,
        removed: Vec::new(),
        create: true,
    };
    let text = apply(
        &edit,
        "PRETTY_NAME=\"x\"\nNAME=old\nID=debian\nHOME_URL=h\n",
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "PRETTY_NAME=\"x\"",
            r#"NAME="Acme \"OS\" \$1""#,
            "ID=\"acme\"",
            "HOME_URL=h",
            "VERSION_ID=\"12\"",
        ]
    );
}

#[test]
fn os_release_refusals() {
    for (key, value, message, hint) in [
        (
            "name",
            json!("x"),
            "`name` is not a key of os-release",
            "NAME",
        ),
        (
            "1A",
            json!("x"),
            "`1A` is not a key of os-release",
            "upper-case letters",
        ),
        (
            "",
            json!("x"),
            "`` is not a key of os-release",
            "upper-case letters",
        ),
        (
            "BUILD-ID",
            json!("x"),
            "`BUILD-ID` is not a key",
            "BUILD_ID",
        ),
        (
            "NAME",
            json!("a\nb"),
            "the value of `NAME` holds a line break",
            "in one line",
        ),
        (
            "NAME",
            json!(null),
            "`NAME` needs a text",
            "after the colon",
        ),
        ("NAME", json!(1.5), "`NAME` needs a text", "in quotes"),
    ] {
        let properties = json!({"properties": {key: value}});
        let outcome = compile(
            "os-release",
            Dialect::Native,
            &properties,
            &Repository::default(),
        );
        refused(outcome, message, hint);
    }
}

#[test]
fn plain_settings() {
    let configuration = json!({"settings": [
        {"sysctl": {"net.ipv4.ip_forward": 0}},
        {"service": {"ssh.service": "enabled"}},
        {"file": {"/etc/issue": {"source": "issue"}}},
    ]});
    let repository = Repository::default().file("issue", "hi");
    let compiled = compile("settings", Dialect::Native, &configuration, &repository);
    let keys: Vec<String> = settings(&compiled.expect("valid"))
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "sysctl:net.ipv4.ip_forward",
            "service:ssh.service",
            "file:/etc/issue"
        ]
    );
    let wrong = json!({"settings": [{"sysctl": {"x": 0}}, {"service": {"ssh": "enabled"}}]});
    let errors = compile("settings", Dialect::Native, &wrong, &repository).expect_err("two");
    assert_eq!(errors.len(), 2, "all errors at once");
}
