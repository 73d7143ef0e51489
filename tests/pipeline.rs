//! Pipelines as GitLab's schema and another runner of pipelines read and run them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "pipeline/gitlab.rs"]
mod gitlab;
#[expect(dead_code, reason = "registries with passwords are of other tests")]
#[path = "support/registry_real.rs"]
mod registry_real;
#[expect(dead_code, reason = "errors are of other tests")]
#[path = "support/workspace.rs"]
mod workspace;

use std::collections::BTreeMap;
use std::path::Path;

use gitlab::Gitlab;
use registry_real::{Locks, RealRegistry, have};
use terroir::registry::{Registry, Settings};
use workspace::Workspace;

/// A recipe with one file of its own, published in a registry.
fn recipe(workspace: &Workspace, (place, name): (&str, &str), parent: &str, registry: &str) {
    let (tier, _) = place.split_once('/').unwrap();
    workspace.write(&format!("recipes/{tier}/files/{name}"), name);
    let text = format!(
        "apiVersion: terroir/v1\nname: {name}\ntier: {tier}\nfrom: {parent}\nmodules:\n  - type: files\n    \
         files: [{{ source: files/{name}, destination: /etc/{name} }}]\n\
         publish: {{ image: {registry}/os/{name} }}\n"
    );
    workspace.write(&format!("recipes/{place}.yml"), text);
}

/// A base, groups of thirty, and what derives from them.
fn organisation(count: usize) -> Workspace {
    let workspace = Workspace::new();
    let registry = "registry.example.org";
    recipe(&workspace, ("universal/base", "base"), "scratch", registry);
    let groups = count / 30;
    for number in 0..groups {
        let place = format!("group/g{number}");
        let name = format!("g{number}");
        recipe(
            &workspace,
            (&place, &name),
            "../universal/base.yml",
            registry,
        );
    }
    for number in 0..count - 1 - groups {
        let parent = format!("../group/g{}.yml", number % groups);
        let (place, name) = (format!("local/l{number}"), format!("l{number}"));
        recipe(&workspace, (&place, &name), &parent, registry);
    }
    workspace
}

#[test]
fn pipelines_of_any_size_are_valid() {
    let Some(gitlab) = Gitlab::get() else {
        return;
    };
    for count in [60, 600] {
        let workspace = organisation(count);
        workspace.done(&["pipeline", "--all", "-o", "pipeline.yml"]);
        let mut jobs = 0;
        for file in gitlab::files(&workspace.repository()) {
            jobs += gitlab.check(&workspace.repository(), &file);
        }
        assert_eq!(jobs, count);
    }
}

#[test]
fn the_pipeline_of_the_demo_is_valid() {
    let Some(gitlab) = Gitlab::get() else {
        return;
    };
    let workspace = Workspace::new();
    for folder in ["recipes", "layers"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        gitlab::copy(&from, &workspace.repository().join(folder));
    }
    workspace.done(&["pipeline", "--all", "-o", "pipeline.yml"]);
    assert!(gitlab.check(&workspace.repository(), "pipeline.yml") >= 8);
}

/// What a registry has under the tags of flavours.
fn digests(registry: &RealRegistry) -> BTreeMap<&'static str, String> {
    let client = Registry::new(Settings::default());
    let of = |name: &'static str| {
        let found = client.resolve(&registry.reference(&format!("os/{name}:latest")));
        (name, found.unwrap().digest().to_string())
    };
    ["base", "acme", "paris"].map(of).into()
}

/// What a local build gives.
fn built(workspace: &Workspace) -> BTreeMap<&'static str, String> {
    let of = |(name, place): (&'static str, &str)| {
        let recipe = format!("recipes/{place}.yml");
        workspace.done(&["build", &recipe, "--digest-file", "digest"]);
        let digest = std::fs::read_to_string(workspace.repository().join("digest")).unwrap();
        std::fs::remove_file(workspace.repository().join("digest")).unwrap();
        (name, digest.trim().to_owned())
    };
    [
        ("base", "universal/base"),
        ("acme", "group/acme"),
        ("paris", "local/paris"),
    ]
    .map(of)
    .into()
}

#[test]
fn a_pipeline_builds_what_is_not_there() {
    let Some(gitlab) = Gitlab::get() else {
        return;
    };
    if !have("docker-registry") || !have("rsync") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let place = registry.reference("x").registry().to_owned();
    let workspace = Workspace::new();
    recipe(&workspace, ("universal/base", "base"), "scratch", &place);
    recipe(
        &workspace,
        ("group/acme", "acme"),
        "../universal/base.yml",
        &place,
    );
    recipe(
        &workspace,
        ("local/paris", "paris"),
        "../group/acme.yml",
        &place,
    );
    let page = include_str!("../docs/src/pipeline.md");
    let (_, page) = page.split_once("```yaml file=.gitlab-ci.yml\n").unwrap();
    workspace.write(".gitlab-ci.yml", page.split_once("```").unwrap().0);
    let folder = workspace.repository();
    assert_eq!(
        gitlab.run(&folder),
        ["build base", "build acme", "build paris"]
    );
    let first = digests(&registry);
    assert_eq!(first, built(&workspace));
    assert_eq!(gitlab.run(&folder), ["nothing to build"]);
    workspace.write("recipes/group/files/acme", "another text");
    assert_eq!(gitlab.run(&folder), ["build acme", "build paris"]);
    let second = digests(&registry);
    assert_eq!(second, built(&workspace));
    assert_eq!(first["base"], second["base"]);
    assert_ne!(first["paris"], second["paris"]);
    drop(registry);
    let said = workspace.done(&["pipeline", "-o", "pipeline.yml"]);
    assert_eq!(said.matches("cannot be told").count(), 3, "{said}");
}

#[test]
fn an_image_of_another_flavour_is_no_parent() {
    if !have("docker-registry") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let place = registry.reference("x").registry().to_owned();
    let workspace = Workspace::new();
    recipe(&workspace, ("universal/base", "base"), "scratch", &place);
    recipe(&workspace, ("universal/other", "other"), "scratch", &place);
    recipe(
        &workspace,
        ("group/acme", "acme"),
        "../universal/base.yml",
        &place,
    );
    workspace.done(&["build", "--push", "recipes/universal/other.yml"]);
    let other = format!("{place}/os/other:latest");
    let said = workspace.run(&["build", "recipes/group/acme.yml", "--parent", &other]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err
            .contains("is an image of other, from which nothing here derives")
    );
    assert!(said.err.contains("name an image of base"), "{}", said.err);
}
