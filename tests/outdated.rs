//! What changed beneath flavours since their lock: registries, archives, layers, recipes.

#[path = "outdated/archive.rs"]
mod archive;
#[path = "outdated/check.rs"]
mod check;
#[expect(dead_code, reason = "users of other programs are of other tests")]
#[path = "support/judge.rs"]
mod judge;
#[path = "support/plain_base.rs"]
mod plain_base;
#[path = "support/python.rs"]
mod python;
#[path = "outdated/renovate.rs"]
mod renovate;
#[expect(dead_code, reason = "faults of registries are of other tests")]
mod support;
#[expect(dead_code, reason = "variables of the environment are of other tests")]
#[path = "support/workspace.rs"]
mod workspace;

use plain_base::{Node, write_layout};
use serde_json::Value;
use support::registry_real::{Locks, RealRegistry, have, judge as program_says};
use workspace::Workspace;

/// Writes a base that differs by a word.
fn write_base(workspace: &Workspace, folder: &str, word: &'static str) {
    let nodes = [
        ("/etc", Node::Directory),
        ("/etc/word", Node::File(word)),
        ("/lib", Node::Link("usr/lib")),
        ("/usr", Node::Directory),
        ("/usr/lib", Node::Directory),
        (
            "/usr/lib/os-release",
            Node::File("ID=debian\nVERSION_ID=12\n"),
        ),
    ];
    write_layout(&workspace.path(folder), "it", &nodes);
}

fn recipe(name: &str, from: &str) -> String {
    let tier = if from.ends_with(".yml") {
        "group"
    } else {
        "universal"
    };
    format!(
        "apiVersion: terroir/v1\nname: {name}\ntier: {tier}\nfrom: {from}\nmodules:\n  - type: files\n    \
         files: [{{ content: \"{name}\\n\", destination: /etc/{name} }}]\n"
    )
}

/// The answers as JSON, with the exit code: state by flavour, and all.
fn outdated(workspace: &Workspace, code: i32) -> (Vec<(String, String)>, Value) {
    let said = workspace.run(&["outdated", "--format", "json"]);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    let all: Value = serde_json::from_str(&said.out).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let flavours = all["flavours"].as_array().expect("flavours").iter();
    let states = flavours.map(|one| (text(&one["flavour"]), text(&one["state"])));
    (states.collect(), all)
}

fn states(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(owned).collect()
}

/// The digest that skopeo gets for a tag.
fn digest_at(reference: &str) -> String {
    let reference = format!("docker://{reference}");
    let arguments = [
        "inspect",
        "--tls-verify=false",
        "--format",
        "{{.Digest}}",
        &reference,
    ];
    let output = program_says("skopeo", &arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

#[test]
fn a_base_in_a_registry_is_fresh_then_outdated_then_unknown() {
    if !have("docker-registry") || !have("skopeo") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let reference = registry.reference("os/base:12").to_string();
    let workspace = Workspace::new();
    write_base(&workspace, "one", "one");
    write_base(&workspace, "beside", "one");
    workspace.done(&["push", "oci:../one:it", &reference]);
    workspace.write("recipes/a.yml", recipe("a", &reference));
    workspace.write("recipes/b.yml", recipe("b", "a.yml"));
    workspace.write("recipes/c.yml", recipe("c", "oci:../../beside:it"));
    workspace.done(&["lock"]);
    let fresh = states(&[("a", "fresh"), ("b", "fresh"), ("c", "fresh")]);
    assert_eq!(outdated(&workspace, 0).0, fresh);
    let lock =
        std::fs::read_to_string(workspace.repository().join("terroir.lock")).expect("a lock");

    write_base(&workspace, "two", "two");
    workspace.done(&["push", "oci:../two:it", &reference]);
    let (found, all) = outdated(&workspace, 1);
    assert_eq!(
        found,
        states(&[("a", "outdated"), ("b", "outdated"), ("c", "fresh")])
    );
    let cause = &all["flavours"][1]["causes"][0];
    assert_eq!(cause["why"], "base");
    assert_eq!(cause["recipe"], "recipes/a.yml");
    assert_eq!(cause["available"], digest_at(&reference));
    let said = workspace.run(&["why", "b"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let words = format!("base: {reference} ");
    assert!(
        said.out.contains(&words) && said.out.contains("through recipes/a.yml"),
        "{}",
        said.out
    );
    let now = std::fs::read_to_string(workspace.repository().join("terroir.lock")).expect("a lock");
    assert_eq!(now, lock, "asking changes nothing");

    // Without the registry nothing is known of a and b; c is told all the same.
    drop(registry);
    write_base(&workspace, "beside", "two");
    let (found, all) = outdated(&workspace, 3);
    assert_eq!(
        found,
        states(&[("a", "unknown"), ("b", "unknown"), ("c", "outdated")])
    );
    assert!(
        all["flavours"][0]["causes"][0]["unknown"].is_string(),
        "{all:#}"
    );
    let said = workspace.run(&["outdated", "recipes/c.yml"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
}

#[test]
fn what_the_lock_does_not_have_is_outdated() {
    let workspace = Workspace::new();
    write_base(&workspace, "one", "one");
    workspace.write("recipes/a.yml", recipe("a", "oci:../../one:it"));
    workspace.done(&["lock"]);
    let motd = "  - layer: banner\n  - type: apt\n    install: [hello]\n";
    workspace.write("recipes/a.yml", recipe("a", "oci:../../one:it") + motd);
    let (_, all) = outdated(&workspace, 1);
    let causes = all["flavours"][0]["causes"].as_array().expect("causes");
    let names: Vec<&str> = causes
        .iter()
        .map(|one| one["name"].as_str().expect("text"))
        .collect();
    assert_eq!(names, ["install hello", "layer banner"]);
    let said = workspace.run(&["why", "recipes/a.yml"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.out.contains("recipe: layer banner is not locked"),
        "{}",
        said.out
    );
}

#[test]
fn a_broken_recipe_hides_no_other() {
    let workspace = Workspace::new();
    write_base(&workspace, "one", "one");
    workspace.write("recipes/a.yml", recipe("a", "oci:../../one:it"));
    workspace.done(&["lock"]);
    workspace.write("recipes/broken.yml", "apiVersion: terroir/v1\nname: [\n");
    write_base(&workspace, "one", "two");
    let (found, all) = outdated(&workspace, 3);
    assert_eq!(found, states(&[("a", "outdated")]));
    assert_eq!(all["unread"][0]["recipe"], "recipes/broken.yml");
}
