//! Whole families that are pushed and pulled: parents first, without one that is gone,
//! after a prune; and layers at other addresses.

use std::time::{Duration, Instant};

use super::support::registry::{Faults, TestRegistry};
use super::support::registry_image::{image, layer};
use super::support::registry_real::{Locks, RealRegistry, have};
use super::support::trial::Workspace;
use serde_json::{Value, json};
use terroir::oci::{Digest, Document, Image, MediaType, descriptor};
use terroir::registry::{Error, Registry};

use super::{push, quick};

fn recipe(name: &str, tier: &str, from: &str, publish: &str) -> String {
    format!(
        "apiVersion: terroir/v1\nname: {name}\ntier: {tier}\nfrom: {from}\n{publish}modules:\n  \
         - type: files\n    files: [{{ content: {name}, destination: /etc/{name} }}]\n"
    )
}

fn publish(registry: &TestRegistry, name: &str, tags: &str) -> String {
    format!(
        "publish: {{ image: {}/os/{name}, tags: [{tags}] }}\n",
        registry.address()
    )
}

/// A base, a group and two sites; everybody but the group is published.
fn family(registry: &TestRegistry) -> Workspace {
    let workspace = Workspace::new();
    let write = |name: &str, tier: &str, from: &str, publish: &str| {
        workspace.write(
            &format!("recipes/{name}.yml"),
            recipe(name, tier, from, publish),
        );
    };
    write(
        "base",
        "universal",
        "scratch",
        &publish(registry, "base", "'12', latest"),
    );
    write("group", "group", "base.yml", "");
    write(
        "paris",
        "local",
        "group.yml",
        &publish(registry, "paris", ""),
    );
    write("lyon", "local", "group.yml", &publish(registry, "lyon", ""));
    workspace
}

/// The manifests that were put under tags, in their order.
fn tagged(registry: &TestRegistry) -> Vec<String> {
    let puts = registry.requests().into_iter();
    puts.filter(|one| {
        one.method == "PUT" && one.path.contains("/manifests/") && !one.path.contains("sha256:")
    })
    .map(|one| {
        one.path
            .trim_start_matches("/v2/")
            .replace("/manifests/", ":")
    })
    .collect()
}

#[test]
fn parents_are_pushed_first_each_where_its_recipe_says() {
    for verb in [
        &["build", "--push", "recipes/paris.yml"][..],
        &["push", "recipes/paris.yml"],
    ] {
        let registry = TestRegistry::start(Faults::default());
        let workspace = family(&registry);
        workspace.run(verb).expect(0, "pushed");
        assert_eq!(
            tagged(&registry),
            ["os/base:12", "os/base:latest", "os/paris:latest"],
            "{verb:?}"
        );
        let base = registry.tag("os/base", "12").expect("pushed").to_string();
        let held = workspace.run(&["ls", "--format", "json"]).out;
        assert!(held.contains(&base), "{held}");
        // An image that is there already stays as it is, also for another site.
        workspace
            .run(&["build", "--push", "recipes/lyon.yml"])
            .expect(0, "is at ");
        assert_eq!(tagged(&registry)[3..], ["os/lyon:latest"], "{verb:?}");
        // A parent that changed is brought up to date, and only then its child.
        let changed = recipe(
            "base",
            "universal",
            "scratch",
            &publish(&registry, "base", "'12'"),
        );
        workspace.write(
            "recipes/base.yml",
            changed.replace("/etc/base", "/etc/base2"),
        );
        workspace.run(verb).expect(0, "pushed");
        assert_eq!(
            tagged(&registry)[4..],
            ["os/base:12", "os/paris:latest"],
            "{verb:?}"
        );
    }
}

#[test]
fn where_to_push_is_known_before_anything_is_built_or_sent() {
    let registry = TestRegistry::start(Faults::default());
    let workspace = family(&registry);
    workspace
        .run(&["build", "--push", "recipes/group.yml"])
        .expect(2, "group does not say where it is published");
    assert!(registry.requests().is_empty());
    assert!(!workspace.path("store/index.json").exists());
    // A reference on the command line is for the flavour alone.
    let other = format!("{}/try/paris:1", registry.address());
    workspace
        .run(&["push", "recipes/paris.yml", &other])
        .expect(0, "pushed");
    assert_eq!(tagged(&registry), ["try/paris:1"]);
}

#[test]
fn what_needs_no_registry_is_locked_while_one_is_out_of_reach() {
    let (here, gone) = (
        TestRegistry::start(Faults::default()),
        TestRegistry::start(Faults::default()),
    );
    let workspace = family(&here);
    workspace.run(&["build", "recipes/base.yml"]).expect(0, "");
    for registry in [&here, &gone] {
        let to = format!("{}/os/base:12", registry.address());
        workspace.run(&["push", "base", &to]).expect(0, "pushed");
    }
    let other = Workspace::new();
    let from = |registry: &TestRegistry| format!("{}/os/base:12", registry.address());
    other.write(
        "recipes/near.yml",
        recipe("near", "local", &from(&here), ""),
    );
    other.write("recipes/far.yml", recipe("far", "local", &from(&gone), ""));
    other.write("recipes/own.yml", recipe("own", "local", "scratch", ""));
    other.run(&["lock"]).expect(0, "");
    let whole = std::fs::read_to_string(other.inside("terroir.lock")).expect("written");
    let address = gone.address();
    drop(gone);
    // The store knows nothing of it, as on another machine.
    std::fs::remove_dir_all(other.path("store")).expect("made");
    other
        .run(&["update"])
        .expect(3, &address)
        .expect(3, "not locked: recipes/far.yml");
    let kept = std::fs::read_to_string(other.inside("terroir.lock")).expect("there");
    assert_eq!(
        kept, whole,
        "what could not be looked at stays locked as it was"
    );
    other.write("terroir.lock", "");
    other
        .run(&["lock"])
        .expect(3, &address)
        .expect(3, "not locked: recipes/far.yml");
    let kept = std::fs::read_to_string(other.inside("terroir.lock")).expect("there");
    assert!(
        kept.contains(&here.address()) && !kept.contains(&address),
        "{kept}"
    );
    other
        .run(&["build", "--locked", "recipes/near.yml"])
        .expect(0, "");
}

#[test]
fn after_a_prune_a_build_asks_no_registry() {
    let registry = TestRegistry::start(Faults::default());
    let workspace = family(&registry);
    workspace
        .run(&["push", "recipes/base.yml"])
        .expect(0, "pushed");
    let other = Workspace::new();
    let from = format!("{}/os/base:12", registry.address());
    other.write("recipes/near.yml", recipe("near", "local", &from, ""));
    let wanted = other.build("recipes/near.yml");
    other.run(&["prune", "--keep-days", "0"]).expect(0, "");
    drop(registry);
    let said = other.run(&["build", "recipes/near.yml"]);
    said.expect(0, "step 1 of 1, files: cached");
    assert_eq!(other.build("recipes/near.yml"), wanted);
}

/// An image whose second layer names another address of its bytes.
fn with_address(known: (Image, super::Memory)) -> (Image, super::Memory) {
    let (image, mut memory) = known;
    let manifest = &image.platforms[0].document.bytes;
    let mut manifest: Value = serde_json::from_slice(manifest).expect("JSON");
    manifest["layers"][1]["urls"] = json!(["https://example.org/layer"]);
    let bytes = manifest.to_string().into_bytes();
    let kind = MediaType::ImageManifest;
    let document = Document {
        descriptor: descriptor(kind, &Digest::of(&bytes), bytes.len() as u64),
        bytes,
    };
    memory.blobs.insert(
        document.descriptor.digest().to_string(),
        document.bytes.clone(),
    );
    let image = Image::load(&memory, &document.descriptor).expect("valid");
    (image, memory)
}

#[test]
fn a_registry_that_takes_no_other_addresses_is_told_at_once() {
    if !have("docker-registry") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let layers: Vec<Vec<u8>> = (1..=2).map(|number| layer(number, 4000)).collect();
    let (image, memory) = with_address(image(&layers));
    let target = registry.reference("os/elsewhere:1");
    let settings = terroir::registry::Settings {
        backoff: Duration::from_millis(500),
        ..quick()
    };
    let began = Instant::now();
    let error =
        push(&Registry::new(settings), &target, (&image, &memory), &[]).expect_err("refused");
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "it was tried again"
    );
    assert!(matches!(error, Error::Elsewhere { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("https://example.org/layer"), "{said}");
    assert!(error.hint().expect("a hint").contains("docker-registry"));
}
