//! The table of module types: names, versions, examples, schemas.

use std::collections::BTreeMap;

use serde_json::json;

use super::{parse, read, said};
use crate::module::{Dialect, FinishRequest, Module};
use crate::yaml::{self, Value};

#[test]
fn the_table_is_sorted_and_complete() {
    let names: Vec<&str> = Module::types().iter().map(|kind| kind.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    for kind in Module::types() {
        for dialect in [Dialect::Native, Dialect::BlueBuild] {
            let versions = kind.versions(dialect);
            let known = Module::names(dialect).any(|name| name == kind.name);
            assert_eq!(known, versions.last() == Some(&"latest"), "{}", kind.name);
        }
        assert!(
            kind.does.ends_with('.') && !kind.does.contains('\n'),
            "{}",
            kind.name
        );
    }
    assert!(read("nothing", Dialect::Native, &json!({})).is_none());
    assert!(read("settings", Dialect::BlueBuild, &json!({})).is_none());
}

#[test]
fn every_example_is_an_entry() {
    for kind in Module::types() {
        let mut entry = yaml::parse("recipe.yml", kind.example).expect(kind.name);
        let Value::Mapping(keys) = &mut entry.value else {
            panic!("{} is a mapping", kind.name)
        };
        let (key, name) = keys.remove(0);
        assert_eq!(key.as_text(), Some("type"), "{}", kind.name);
        assert_eq!(name.as_text(), Some(kind.name));
        let read = Module::read((kind.name, None), Dialect::Native, &entry).expect(kind.name);
        assert!(read.is_ok(), "{}: {read:?}", kind.name);
    }
}

#[test]
fn unknown_keys_are_errors_in_both_dialects() {
    for dialect in [Dialect::Native, Dialect::BlueBuild] {
        for name in Module::names(dialect) {
            let read = read(name, dialect, &json!({"nonsense": 1})).expect(name);
            let error = said(&read.expect_err(name));
            assert!(error.contains("unknown key `nonsense`"), "{name}: {error}");
        }
    }
}

#[test]
fn schemas_accept_what_the_types_accept() {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let schemas = Module::schemas(Dialect::Native, &mut generator);
    let schemas: BTreeMap<_, _> = schemas
        .into_iter()
        .flat_map(|one| {
            one.spellings
                .into_iter()
                .map(move |name| (name, one.schema.clone()))
        })
        .collect();
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
