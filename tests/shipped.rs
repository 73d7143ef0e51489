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

/// The program of the readiness report, as the layer has it.
fn boot_report() -> String {
    let layer = text(&root().join("layers/boot-report/layer.yml"));
    let (_, script) = layer
        .split_once("/usr/libexec/terroir/boot-report:\n            content: |\n")
        .expect("the layer has the program");
    let (script, _) = script.split_once("            mode:").expect("with a mode");
    let lines = script
        .lines()
        .map(|line| line.get(14..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start programs")]
fn readiness_reports_have_the_score_of_an_audit_where_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(place("console"), "").unwrap();
    let program = |name: &str, script: &str| {
        std::fs::write(place(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(place(name), mode).unwrap();
    };
    program(
        "systemctl",
        "[ \"$1\" != is-system-running ] || echo running",
    );
    let report = text(&root().join("tests/golden/audit.json"));
    std::fs::write(place("audit.json"), report).unwrap();
    let audited = format!("cat {}", place("audit.json"));
    let cases = [
        ("audit=false", audited.as_str(), None),
        ("audit=true", &audited, Some(Value::from(33.3))),
        ("audit=true", "exit 3", Some(Value::Null)),
    ];
    for (configuration, terroir, expected) in cases {
        program("terroir", terroir);
        std::fs::write(place("report.conf"), configuration).unwrap();
        let script = boot_report().replace("/usr/share/terroir/report.conf", &place("report.conf"));
        let said = std::process::Command::new("sh")
            .args(["-c", &script, "boot-report", &place("console")])
            .env("RUNTIME_DIRECTORY", folder.path())
            .env(
                "PATH",
                format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", folder.path().display()),
            )
            .output()
            .unwrap();
        assert!(said.status.success(), "{said:?}");
        let report = std::fs::read(place("report.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report.get("auditScore"), expected.as_ref(), "{report}");
        assert_eq!(report["format"], 1);
        let console = std::fs::read_to_string(place("console")).unwrap();
        let (_, last) = console.rsplit_once("terroir-ready ").unwrap();
        let last: Value = serde_json::from_str(last.trim()).unwrap();
        assert_eq!(last.get("auditScore"), None, "{last}");
    }
}
