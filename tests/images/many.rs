//! Images for several platforms, and images with more entries than runtimes accept layers.

use std::fs;

use serde_json::Value;
use terroir::tree::Ownership;

use crate::judges::Judges;
use crate::{Case, foreign, holds, judge, says, state, without_top};

#[test]
fn one_index_for_several_platforms() {
    if !Judges::are_there() {
        return;
    }
    let case = Case::new(None);
    let platforms = [
        ("linux/amd64", vec![foreign::usr_merged()]),
        ("linux/arm64", vec![foreign::bootc_shaped()]),
    ];
    foreign::layout(&case.path("base"), &platforms);
    let recipe = case.path("recipes/child.yml");
    let text = fs::read_to_string(&recipe).expect("there");
    let text = text.replace(
        "modules:",
        "platforms: [linux/amd64, linux/arm64]\nmodules:",
    );
    fs::write(&recipe, text).expect("writable");
    let layout = case.build("child", "zstd");
    let image = format!("oci:{}:child", layout.display());
    Judges::new(case.folder.path()).skopeo(&image);
    let raw = judge::run("skopeo", &["inspect", "--raw", &image], b"");
    let index: Value = serde_json::from_slice(&raw).expect("JSON");
    let listed = index["manifests"].as_array().expect("a list");
    let architectures: Vec<_> = listed
        .iter()
        .map(|one| one["platform"]["architecture"].as_str())
        .collect();
    assert_eq!(architectures, [Some("amd64"), Some("arm64")]);
    for (architecture, local) in [("amd64", "usr/local"), ("arm64", "var/usrlocal")] {
        let chosen = format!("--override-arch={architecture}");
        let config = judge::run("skopeo", &[&chosen, "inspect", "--config", &image], b"");
        let config: Value = serde_json::from_slice(&config).expect("JSON");
        assert_eq!(config["architecture"], architecture);
        let root = case.path(architecture);
        let platform = format!("--platform=linux/{architecture}");
        let place = root.display().to_string();
        case.terroir
            .run(["unpack", "--quiet", &platform, &image, &place]);
        let root = state::of(&root, Ownership::Keep);
        says(&root, local, "42775 0:50");
        let tool = format!("{local}/bin/tool");
        holds(&root, &tool, "#!/bin/sh\n", "100755 0:0");
    }
}

/// A recipe of many entries, each of which would be a layer.
fn entries(name: &str, tier: &str, from: &str, count: usize) -> String {
    let mut text =
        format!("apiVersion: terroir/v1\nname: {name}\ntier: {tier}\nfrom: {from}\nmodules:\n");
    for number in 0..count {
        let file = format!("{{ content: \"{number}\\n\", destination: /etc/{name}/{number} }}");
        let entry = match number % 50 {
            // What a neighbour wrote is gone, also if both share a layer.
            49 => format!(
                "settings, settings: [{{ file: {{ /etc/{name}/{}: {{ absent: true }} }} }}]",
                number - 1
            ),
            _ => format!("files, files: [{file}]"),
        };
        text.extend(["- { type: ", &entry, " }\n"]);
    }
    text
}

#[test]
fn more_entries_than_layers() {
    if !Judges::are_there() {
        return;
    }
    let case = Case::on(vec![foreign::usr_merged()]);
    let recipe = |name: &str, text: String| {
        let path = case.path(&format!("recipes/{name}.yml"));
        fs::write(path, text).expect("writable");
    };
    recipe(
        "many",
        entries("many", "universal", "oci:../base:base", 150),
    );
    recipe("more", entries("more", "group", "many.yml", 130));
    for (name, entries) in [("many", 150), ("more", 280)] {
        let root = case.judged(name);
        holds(&root, "etc/many/0", "0\n", "100644 0:0");
        for gone in [&b"etc/many/48"[..], b"etc/many/148"] {
            assert!(!root.contains_key(gone));
        }
        holds(&root, "etc/many/147", "147\n", "100644 0:0");
        let image = format!(
            "oci:{}:{name}",
            case.path(&format!("{name}-zstd")).display()
        );
        let config = judge::run("skopeo", &["inspect", "--config", &image], b"");
        let config: Value = serde_json::from_slice(&config).expect("JSON");
        let layers = config["rootfs"]["diff_ids"].as_array().expect("a list");
        assert!(layers.len() <= 127, "{} layers", layers.len());
        let history = config["history"].as_array().expect("a list");
        assert!(history.len() > entries, "{} lines", history.len());
        let full = history.iter().filter(|line| line["empty_layer"] != true);
        assert_eq!(full.count(), layers.len());
    }
}

#[test]
fn a_base_that_leaves_no_room() {
    let layer = |number: usize| {
        let name = format!("/etc/{number}");
        vec![
            foreign::directory("/etc", 0o755),
            foreign::file(&name, 0o644, ""),
        ]
    };
    let case = Case::on((0..126).map(layer).collect());
    let text = entries("full", "universal", "oci:../base:base", 1);
    let recipe = case.path("recipes/full.yml");
    fs::write(&recipe, text).expect("writable");
    let output = case.terroir.output(["build".as_ref(), recipe.as_os_str()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("128 layers"), "{said}");
    let case = Case::on((0..125).map(layer).collect());
    let text = entries("full", "universal", "oci:../base:base", 3);
    fs::write(case.path("recipes/full.yml"), text).expect("writable");
    let root = case.path("root");
    case.build("full", "zstd");
    let image = format!("oci:{}:full", case.path("full-zstd").display());
    let place = root.display().to_string();
    case.terroir
        .run(["unpack", "--quiet", "--no-same-owner", &image, &place]);
    let root = without_top(state::of(&root, Ownership::Mine));
    assert!(root.contains_key(&b"etc/full/2"[..]));
}
