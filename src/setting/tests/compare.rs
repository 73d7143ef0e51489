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
        Kind::Sysctl.show("a.b", &json!(1)),
        "a.b = 1",
        "a value that is not of its kind"
    );
}
