//! Bases without a platform, or with a wrong one: their config decides.

use serde_json::{Value, json};

use crate::layout::{CONFIG, LAYER, Layer, Layout, MANIFEST, root};
use crate::trial::Workspace;

/// What the config says; what the index says of its entries, none for a manifest without an index;
/// arguments; the platform of the built image, or words of the refusal.
type Case = (
    &'static [&'static str],
    Option<&'static [&'static str]>,
    &'static [&'static str],
    Result<&'static str, &'static str>,
);

const CASES: [Case; 13] = [
    (
        &["linux/amd64"],
        None,
        &["--platform", "linux/amd64"],
        Ok("linux/amd64"),
    ),
    (
        &["linux/s390x"],
        None,
        &["--platform", "linux/amd64"],
        Err("has no image for linux/amd64; it has linux/s390x"),
    ),
    (
        &["linux/s390x"],
        None,
        &["--platform", "linux/s390x"],
        Ok("linux/s390x"),
    ),
    (
        &["linux/amd64"],
        None,
        &["--platform", "linux/arm64"],
        Err("has no image for linux/arm64; it has linux/amd64"),
    ),
    (
        &["windows/amd64"],
        None,
        &["--platform", "linux/amd64"],
        Err("it has windows/amd64"),
    ),
    // An index whose entries say nothing.
    (
        &["linux/s390x"],
        Some(&[""]),
        &["--platform", "linux/amd64"],
        Err("it has linux/s390x"),
    ),
    (
        &["linux/s390x", "linux/amd64"],
        Some(&["", ""]),
        &["--platform", "linux/amd64"],
        Ok("linux/amd64"),
    ),
    (
        &["linux/s390x", "linux/arm64"],
        Some(&["", ""]),
        &["--platform", "linux/amd64"],
        Err("it has linux/s390x, linux/arm64"),
    ),
    // An index that is wrong.
    (
        &["linux/s390x"],
        Some(&["linux/amd64"]),
        &["--platform", "linux/amd64"],
        Err("whose config says linux/s390x"),
    ),
    // Variants that one of both leaves out.
    (
        &["linux/arm64/v8"],
        None,
        &["--platform", "linux/arm64"],
        Ok("linux/arm64/v8"),
    ),
    (
        &["linux/arm/v6"],
        None,
        &["--platform", "linux/arm/v7"],
        Err("it has linux/arm/v6"),
    ),
    // The names that other programs have for the same.
    (
        &["linux/x86_64"],
        None,
        &["--platform", "linux/amd64"],
        Ok("linux/amd64"),
    ),
    (
        &["/"],
        None,
        &["--platform", "linux/amd64"],
        Err("has no image for linux/amd64"),
    ),
];

fn parts(name: &str) -> (&str, &str, &str) {
    let mut parts = name.split('/');
    let mut next = || parts.next().unwrap_or_default();
    (next(), next(), next())
}

fn platform(name: &str) -> Value {
    let (os, architecture, variant) = parts(name);
    let mut value = json!({ "os": os, "architecture": architecture });
    if !variant.is_empty() {
        value["variant"] = json!(variant);
    }
    value
}

/// A layout whose images have these configs.
fn base(workspace: &Workspace, configs: &[&str], index: Option<&[&str]>) {
    let layout = Layout::new(&workspace.path("base"));
    let layer = Layer::plain(root());
    let mut images: Vec<Value> = configs
        .iter()
        .map(|name| {
            let mut config = platform(name);
            config["rootfs"] = json!({ "type": "layers", "diff_ids": [layer.diff_id] });
            config["config"] = json!({});
            let config = layout.document(CONFIG, &config);
            let layers = [layout.blob(LAYER, &layer.bytes)];
            layout.document(MANIFEST, &json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers }))
        })
        .collect();
    let Some(said) = index else {
        return layout.tag(images.remove(0));
    };
    for (image, said) in images.iter_mut().zip(said) {
        if !said.is_empty() {
            image["platform"] = platform(said);
        }
    }
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": images });
    layout.tag(layout.document(kind, &index));
}

#[test]
fn the_config_of_a_base_decides_for_which_machine_it_is() {
    for (configs, index, arguments, expected) in CASES {
        let what = format!("{configs:?} {index:?} {arguments:?}");
        let workspace = Workspace::new();
        base(&workspace, configs, index);
        let from = workspace.text("base");
        workspace.write(
            "recipes/one.yml",
            format!("apiVersion: terroir/v1\nname: one\ntier: universal\nfrom: oci:{from}:it\nmodules:\n  - type: os-release\n    properties: {{ VARIANT_ID: one }}\n"),
        );
        let said = workspace.run(&[&["build", "recipes/one.yml"][..], arguments].concat());
        match expected {
            Ok(name) => {
                said.expect(0, "");
                let inspected = workspace.run(&["inspect", "one", "--format", "json"]);
                let value: Value = serde_json::from_str(&inspected.out).expect("JSON");
                let built = &value["platforms"][0];
                assert_eq!(built["platform"], name, "{what}");
                let (_, architecture, _) = parts(name);
                assert_eq!(built["config"]["architecture"], architecture, "{what}");
            }
            Err(words) => {
                let plain = |text: &str| text.split_whitespace().collect::<String>();
                let all = plain(&said.err);
                assert_eq!(said.code, Some(2), "{what}: {all}");
                assert!(all.contains(&plain(words)), "{what}: {all}");
            }
        }
    }
}

#[test]
fn a_recipe_that_names_another_platform_is_refused_and_images_tell_their_own() {
    let workspace = Workspace::new();
    base(&workspace, &["linux/s390x"], None);
    let from = workspace.text("base");
    let recipe = |platforms: &str| {
        format!(
            "apiVersion: terroir/v1\nname: one\ntier: universal\nfrom: oci:{from}:it\nplatforms: [{platforms}]\n"
        )
    };
    workspace.write("recipes/one.yml", recipe("linux/amd64"));
    workspace
        .run(&["validate", "recipes/one.yml"])
        .expect(2, "it has linux/s390x");
    workspace.write("recipes/one.yml", recipe("linux/s390x"));
    workspace.run(&["build", "recipes/one.yml"]).expect(0, "");
    let told = workspace.run(&["inspect", &format!("oci:{from}:it")]);
    assert!(told.out.contains("platform  linux/s390x"), "{}", told.out);
    // Only what is asked for by name has to be there.
    let into = workspace.text("into");
    workspace
        .run(&["unpack", &format!("oci:{from}:it"), &into])
        .expect(0, "");
    let other = workspace.text("other");
    workspace
        .run(&[
            "unpack",
            &format!("oci:{from}:it"),
            &other,
            "--platform",
            "linux/amd64",
        ])
        .expect(2, "it has linux/s390x");
}
