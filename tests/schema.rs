//! The published schemas: current, and valid for every document of terroir.

#[path = "support/command.rs"]
mod command;
#[path = "support/sources.rs"]
mod sources;

use std::path::Path;

use serde_json::{Value, json};

use command::terroir;
use sources::{below, name, root, text};

fn schema(kind: &str) -> jsonschema::Validator {
    let file = root().join(format!("schema/{kind}-v1.json"));
    let schema: Value = serde_json::from_str(&text(&file)).expect("a schema is JSON");
    jsonschema::draft202012::new(&schema).expect("a schema of draft 2020-12")
}

fn document(file: &str, text: &str) -> Value {
    let node = terroir::yaml::parse(file, text).expect("YAML");
    terroir::yaml::decode(&node).expect("YAML is JSON here")
}

#[track_caller]
fn accepts(kind: &str, files: &[std::path::PathBuf]) {
    assert!(!files.is_empty(), "no document of kind {kind}");
    let schema = schema(kind);
    for path in files {
        let file = name(path);
        let document = document(&file, &text(path));
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{file}: {} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

#[test]
fn committed_schemas_are_current() {
    let store = tempfile::tempdir().unwrap();
    for kind in ["recipe", "bluebuild", "layer", "inventory", "host-document"] {
        let said = terroir(&["schema", kind], root(), store.path());
        assert!(said.status.success());
        let committed = text(&root().join(format!("schema/{kind}-v1.json")));
        let current = String::from_utf8(said.stdout).unwrap() == committed;
        assert!(current, "schema/{kind}-v1.json is old: run `make schema`");
    }
}

#[test]
fn shipped_recipes_fit_their_schema() {
    let mut recipes = below("recipes", ".yml");
    recipes.retain(|path| text(path).contains("\napiVersion:"));
    accepts("recipe", &recipes);
}

#[test]
fn shipped_layers_fit_their_schema() {
    accepts("layer", &below("layers", "layer.yml"));
}

#[test]
fn shipped_inventories_fit_their_schema() {
    let mut inventories = below("kickstart", ".yml");
    inventories.retain(|path| !name(path).contains("templates/"));
    accepts("inventory", &inventories);
}

#[test]
fn bluebuild_recipes_fit_their_schema() {
    let mut recipes = below("tests/bluebuild/recipes", ".yml");
    recipes.retain(|path| text(path).contains("base-image:"));
    // It has a local module that does not say `source: local`, which BlueBuild's schema refuses too.
    recipes.retain(|path| !name(path).ends_with("stages.yml"));
    accepts("bluebuild", &recipes);
}

#[test]
fn an_entry_of_bluebuild_has_the_keys_of_its_module_alone() {
    let schema = schema("bluebuild");
    for (entry, valid) in [
        (json!({"type": "nosuch"}), false),
        (
            json!({"type": "nosuch", "source": "local", "anything": 1}),
            true,
        ),
        (json!({"type": "files", "files": "x"}), false),
        (
            json!({"type": "files", "files": [{"source": "a", "destination": "/"}, {"a": "/b"}]}),
            true,
        ),
        (
            json!({"type": "kargs", "kargs": ["quiet"], "arch": "x86_64"}),
            true,
        ),
        (json!({"type": "kargs", "kargz": ["quiet"]}), false),
        (
            json!({"type": "kargs", "kargs": ["quiet"], "remove": ["quiet"]}),
            false,
        ),
        (
            json!({"type": "kargs@v1", "kargs": ["quiet"], "no-cache": true, "env": {"A": 1}}),
            true,
        ),
        (
            json!({"type": "systemd", "system": {"enabled": ["a.service"]}}),
            true,
        ),
        (json!({"type": "systemd", "sistem": {}}), false),
        (json!({"type": "signing"}), true),
        (json!({"type": "signing", "key": "x"}), false),
        (
            json!({"type": "os-release", "properties": {"ID": "x"}}),
            true,
        ),
        (json!({"type": "os-release", "propertys": {}}), false),
        (json!({"type": "script", "snippets": ["true"]}), true),
        (json!({"type": "script", "snippets": [true]}), false),
        (json!({"type": "dnf", "install": {"packages": ["a"]}}), true),
        (json!({"type": "dnf", "instal": {"packages": ["a"]}}), false),
        (json!({"from-file": "a.yml"}), true),
        (
            json!({"from-file": "a.yml", "type": "kargs", "kargs": []}),
            false,
        ),
        (json!({"layer": "sysctl"}), false),
        (json!({"type": "initramfs", "when": "true"}), false),
    ] {
        let recipe = json!({
            "name": "a", "description": "a", "base-image": "registry.invalid/a", "image-version": 1,
            "modules": [entry],
        });
        assert_eq!(schema.is_valid(&recipe), valid, "{}", recipe["modules"]);
    }
}

#[test]
fn every_schema_comment_names_a_schema() {
    for path in below("recipes", ".yml")
        .iter()
        .chain(&below("layers", ".yml"))
        .chain(&below("kickstart", ".yml"))
    {
        let text = text(path);
        let Some(line) = text.lines().find(|line| line.contains("$schema=")) else {
            continue;
        };
        let (_, schema) = line.split_once("$schema=").unwrap();
        let folder = path.parent().unwrap_or(Path::new(""));
        assert!(folder.join(schema).is_file(), "{}: {schema}", name(path));
    }
}

#[test]
fn schemas_refuse_what_terroir_refuses() {
    let recipe = |change: &dyn Fn(&mut Value)| {
        let mut recipe = json!({
            "apiVersion": "terroir/v1",
            "name": "a",
            "tier": "local",
            "from": "scratch",
            "modules": [{ "type": "systemd", "system": { "enabled": ["a.service"] } }],
        });
        change(&mut recipe);
        recipe
    };
    let schema = schema("recipe");
    assert!(schema.is_valid(&recipe(&|_| {})));
    type Change = &'static dyn Fn(&mut Value);
    let changes: [(&str, Change); 6] = [
        ("an unknown key", &|r| r["modulez"] = json!([])),
        ("an unknown tier", &|r| r["tier"] = json!("country")),
        ("a list for a text", &|r| r["name"] = json!(["a"])),
        ("no name", &|r| {
            drop(r.as_object_mut().unwrap().remove("name"));
        }),
        ("units as a text", &|r| {
            r["modules"][0]["system"]["enabled"] = json!("a.service");
        }),
        ("an entry that is nothing", &|r| {
            r["modules"] = json!([{ "with": {} }]);
        }),
    ];
    for (what, change) in changes {
        assert!(!schema.is_valid(&recipe(change)), "{what} is accepted");
    }
}
