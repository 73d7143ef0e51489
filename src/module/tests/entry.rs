//! The types that each dialect knows, and their schemas.

use std::collections::BTreeMap;

use serde_json::json;

use super::parse;
use crate::module::{Dialect, FinishRequest, Module};

#[test]
fn each_dialect_knows_its_names() {
    for dialect in [Dialect::Native, Dialect::BlueBuild] {
        let names = Module::names(dialect);
        assert!(names.is_sorted());
        for name in names {
            assert!(Module::parse(name, dialect, json!({})).is_some(), "{name}");
        }
        assert!(Module::parse("nothing", dialect, json!({})).is_none());
    }
    assert!(Module::parse("settings", Dialect::BlueBuild, json!({})).is_none());
}

#[test]
fn unknown_keys_are_errors_in_both_dialects() {
    for dialect in [Dialect::Native, Dialect::BlueBuild] {
        for name in Module::names(dialect) {
            let error = parse(name, dialect, &json!({"nonsense": 1})).expect_err(name);
            assert!(
                error.contains("unknown field `nonsense`"),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn schemas_accept_what_the_types_accept() {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let schemas: BTreeMap<_, _> = Module::schemas(&mut generator).into_iter().collect();
    let names: Vec<_> = schemas.keys().copied().collect();
    assert_eq!(names, Module::names(Dialect::Native));
    for (name, configuration, valid) in [
        (
            "files",
            json!({"files": [{"source": "a", "destination": "/b", "mode": "0644"}]}),
            true,
        ),
        ("files", json!({"files": [{"source": "a"}]}), false),
        ("files", json!({"files": [{"a": "/b"}]}), false),
        ("kargs", json!({"kargs": ["quiet"], "arch": "x86_64"}), true),
        ("kargs", json!({"arch": "x86_64"}), false),
        ("os-release", json!({"properties": {"NAME": "x"}}), true),
        ("os-release", json!({"properties": []}), false),
        (
            "settings",
            json!({"settings": [{"sysctl": {"a.b": 1}}]}),
            true,
        ),
        (
            "settings",
            json!({"settings": [{"sysctls": {"a.b": 1}}]}),
            false,
        ),
        ("signing", json!({}), true),
        ("signing", json!({"others": "reject"}), true),
        ("signing", json!({"others": "ask"}), false),
        (
            "systemd",
            json!({"system": {"enabled": ["a.service"]}, "units": "units"}),
            true,
        ),
        ("systemd", json!({"system": {"on": ["a.service"]}}), false),
    ] {
        let schema = schemas.get(name).expect("a schema");
        let validator = jsonschema::validator_for(schema.as_value()).expect("a schema");
        assert_eq!(
            validator.is_valid(&configuration),
            valid,
            "{name} {configuration}"
        );
        assert_eq!(
            parse(name, Dialect::Native, &configuration).is_ok(),
            valid,
            "{configuration}"
        );
    }
}

#[test]
fn finish_requests_are_stored_by_name() {
    let text = serde_json::to_string(&FinishRequest::TrustStore).expect("serialises");
    assert_eq!(text, "\"trust-store\"");
}
