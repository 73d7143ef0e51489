//! Units.

use serde_json::json;

use super::{compile, refused, settings};
use crate::module::Dialect;
use crate::setting::tests::fake::Repository;

#[test]
fn lists_become_settings() {
    let units = json!({
        "system": {"enabled": ["a.service", "b.timer"], "unmasked": ["a.service", "u.service"], "masked": ["m.service"]},
        "user": {"disabled": ["d.service"]},
    });
    for dialect in [Dialect::Native, Dialect::BlueBuild] {
        let compiled = compile("systemd", dialect, &units, &Repository::default()).expect("valid");
        let expected = [
            ("service:a.service", "enabled"),
            ("service:b.timer", "enabled"),
            ("service:u.service", "unmasked"),
            ("service:m.service", "masked"),
            ("service:user/d.service", "disabled"),
        ];
        let expected = expected.map(|(key, state)| (key.to_owned(), json!(state)));
        assert_eq!(settings(&compiled), expected);
        assert!(compiled.warnings.is_empty() && compiled.actions.is_empty());
    }
}

#[test]
fn two_lists_are_an_error_or_the_later_wins() {
    let units = json!({"system": {"enabled": ["a.service"], "masked": ["a.service"]}});
    let native = compile("systemd", Dialect::Native, &units, &Repository::default());
    refused(
        native,
        "`a.service` is in both lists `enabled` and `masked`",
        "keep it in one list",
    );
    let compiled = compile(
        "systemd",
        Dialect::BlueBuild,
        &units,
        &Repository::default(),
    );
    let compiled = compiled.expect("valid");
    assert_eq!(
        settings(&compiled),
        [("service:a.service".to_owned(), json!("masked"))]
    );
    let [warning] = compiled.warnings.as_slice() else {
        panic!("one warning")
    };
    assert!(
        warning
            .message
            .contains("in both lists `enabled` and `masked`")
    );
    assert!(
        warning
            .hint
            .as_deref()
            .is_some_and(|hint| hint.contains("only `masked` is done"))
    );
    assert_eq!(warning.related.len(), 1);
    let twice = json!({"user": {"enabled": ["a.service", "a.service"]}});
    let compiled = compile("systemd", Dialect::Native, &twice, &Repository::default());
    assert_eq!(compiled.expect("valid").settings.len(), 1);
}

#[test]
fn a_suffix_may_be_missing_in_bluebuild_only() {
    let units = json!({"user": {"enabled": ["podman", "x.timer"]}});
    let compiled = compile(
        "systemd",
        Dialect::BlueBuild,
        &units,
        &Repository::default(),
    );
    assert_eq!(
        settings(&compiled.expect("valid")),
        [
            ("service:user/podman.service".to_owned(), json!("enabled")),
            ("service:user/x.timer".to_owned(), json!("enabled")),
        ]
    );
    let native = compile("systemd", Dialect::Native, &units, &Repository::default());
    refused(
        native,
        "`user/podman` is not the name of a unit",
        "user/podman.service",
    );
}

#[test]
fn ships_units() {
    let repository = Repository::default()
        .file("systemd/system/a.service", "a")
        .file("systemd/system/a.service.d/x.conf", "x")
        .file("systemd/user/b.service", "b");
    let paths = |dialect, configuration| {
        let compiled = compile("systemd", dialect, &configuration, &repository).expect("valid");
        let paths = compiled
            .actions
            .iter()
            .map(|action| action.path().unwrap().to_string());
        paths.collect::<Vec<_>>()
    };
    let shipped = [
        "/usr/lib/systemd/system/a.service",
        "/usr/lib/systemd/system/a.service.d/x.conf",
        "/usr/lib/systemd/user/b.service",
    ];
    assert_eq!(paths(Dialect::BlueBuild, json!({})), shipped);
    assert_eq!(
        paths(Dialect::Native, json!({"units": "systemd/"})),
        shipped
    );
    assert!(paths(Dialect::Native, json!({})).is_empty());
    let native = compile(
        "systemd",
        Dialect::Native,
        &json!({"units": "systemd/system"}),
        &repository,
    );
    refused(
        native,
        "`systemd/system` has neither `system` nor `user`",
        "into systemd/system/system",
    );
    let empty = compile(
        "systemd",
        Dialect::BlueBuild,
        &json!({}),
        &Repository::default(),
    );
    assert!(empty.expect("valid").actions.is_empty());
}
