//! Shipped recipes and layers: each loads, merges and plans, offline.

#[path = "support/command.rs"]
mod command;
#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeMap;

use serde_json::Value;
use terroir::layer::LayerDocument;

use command::terroir;
use sources::{below, name, root, text};

fn recipes() -> Vec<String> {
    let mut recipes = below("recipes", ".yml");
    recipes.retain(|path| text(path).contains("\nfrom:"));
    recipes.iter().map(|path| name(path)).collect()
}

#[test]
fn recipes_are_valid_but_for_what_only_a_parent_knows() {
    let store = tempfile::tempdir().unwrap();
    let said = terroir(
        &["validate", "recipes", "--format", "json"],
        root(),
        store.path(),
    );
    let checked: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap();
    assert!(said.status.success());
    assert_eq!(checked.len(), recipes().len());
    for one in &checked {
        for diagnostic in one["diagnostics"].as_array().unwrap() {
            assert_eq!(diagnostic["severity"], "warning", "{one}");
            assert_eq!(diagnostic["hint"], "--fetch gets what is missing", "{one}");
        }
    }
}

#[test]
fn recipes_plan_and_explain_themselves() {
    let store = tempfile::tempdir().unwrap();
    for recipe in recipes() {
        for verb in ["plan", "explain"] {
            let said = terroir(&[verb, &recipe, "--format", "json"], root(), store.path());
            let errors = String::from_utf8_lossy(&said.stderr);
            assert!(said.status.success(), "{verb} {recipe}: {errors}");
            serde_json::from_slice::<Value>(&said.stdout).expect("JSON");
        }
    }
}

#[test]
fn demo_flavours_nest_three_tiers() {
    let store = tempfile::tempdir().unwrap();
    let recipe = "recipes/local/france-server.yml";
    let said = terroir(&["plan", recipe, "--format", "json"], root(), store.path());
    let plans: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap();
    let tiers: Vec<&str> = plans
        .iter()
        .map(|plan| plan["tier"].as_str().unwrap())
        .collect();
    assert_eq!(tiers, ["universal", "universal", "group", "local"]);
}

#[test]
fn group_and_local_recipes_name_no_distribution() {
    let names = [
        "debian",
        "ubuntu",
        "fedora",
        "almalinux",
        "bookworm",
        "trixie",
        "noble",
    ];
    let recipes = ["recipes/group", "recipes/local", "recipes/common"];
    for path in recipes.iter().flat_map(|folder| below(folder, ".yml")) {
        let text = text(&path).to_lowercase();
        for named in names {
            assert!(!text.contains(named), "{} names {named}", name(&path));
        }
    }
}

#[test]
fn controls_have_one_place_each() {
    let mut places = BTreeMap::new();
    for path in below("layers", "layer.yml") {
        let file = name(&path);
        let layer = LayerDocument::read("a-layer", &file, &text(&path)).expect("a layer");
        for control in &layer.controls {
            // The other ids are from other benchmarks, which may join several controls in one.
            let id = control.id().as_str().to_owned();
            let before = places.insert(id.clone(), file.clone());
            assert_eq!(before, None, "{id} is in {file} too");
        }
    }
    assert!(places.len() > 10, "too few controls are read");
}

#[test]
fn layers_are_documented() {
    let overview = text(&root().join("layers/README.md"));
    for path in below("layers", "layer.yml") {
        let folder = path.parent().unwrap();
        let layer = folder.file_name().unwrap().to_string_lossy();
        assert!(
            overview.contains(&format!("]({layer}/README.md)")),
            "{layer}"
        );
        let readme = text(&folder.join("README.md"));
        let document = LayerDocument::read(&layer, &name(&path), &text(&path)).expect("a layer");
        for (option, _) in document.options.iter() {
            assert!(readme.contains(&format!("`{option}`")), "{layer}: {option}");
        }
    }
}
