//! Recipe, lock and published image beside each other, and the summary of an update.

use crate::support::registry_real::{Locks, RealRegistry, have};
use crate::workspace::Workspace;
use crate::{recipe, write_base};

fn server(place: &str, forward: u8) -> String {
    format!(
        "apiVersion: terroir/v1\nname: server\ntier: universal\nfrom: scratch\nmodules:\n  - type: settings\n    \
         settings: [{{ sysctl: {{ net.ipv4.ip_forward: {forward} }} }}]\npublish: {{ image: {place} }}\n"
    )
}

/// Says whether all agrees: the exit code and what is printed.
fn checked(workspace: &Workspace, code: i32, words: &str) {
    let said = workspace.run(&["lock", "--check"]);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    assert!(said.out.contains(words), "{}{}", said.out, said.err);
}

#[test]
fn recipe_lock_and_published_image_agree_or_not() {
    if !have("docker-registry") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let place = registry.reference("os/server:1").to_string();
    let place = place.replace("os/server:1", "os/server");
    let workspace = Workspace::new();
    workspace.write("recipes/server.yml", server(&place, 0));
    workspace.done(&["lock"]);
    checked(&workspace, 1, "/os/server:latest is not published");
    workspace.done(&["build", "--push", "recipes/server.yml"]);
    checked(&workspace, 0, "server linux/amd64: agrees");
    let lock = std::fs::read(workspace.repository().join("terroir.lock")).expect("a lock");

    workspace.write("recipes/server.yml", server(&place, 1));
    let words = "sysctl:net.ipv4.ip_forward: published is 0, the recipe says 1";
    checked(&workspace, 1, words);
    workspace.write(
        "recipes/server.yml",
        server(&place, 0).replace("publish:", "  - layer: banner\npublish:"),
    );
    checked(
        &workspace,
        1,
        "layer banner is not locked (recipes/server.yml)",
    );
    let now = std::fs::read(workspace.repository().join("terroir.lock")).expect("a lock");
    assert_eq!(now, lock, "nothing is written");
    workspace.write("recipes/server.yml", server(&place, 0));
    drop(registry);
    checked(&workspace, 3, "server linux/amd64: unknown: ");
}

#[test]
fn an_image_on_another_base_than_is_locked_does_not_agree() {
    if !have("docker-registry") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let reference = registry.reference("os/base:12").to_string();
    let place = reference.replace("os/base:12", "os/server");
    let workspace = Workspace::new();
    let text = recipe("server", &reference) + &format!("publish: {{ image: {place} }}\n");
    workspace.write("recipes/server.yml", text);
    write_base(&workspace, "one", "one");
    workspace.done(&["push", "oci:../one:it", &reference]);
    workspace.done(&["lock"]);
    workspace.done(&["build", "--push", "recipes/server.yml"]);
    checked(&workspace, 0, "server linux/amd64: agrees");
    write_base(&workspace, "two", "two");
    workspace.done(&["push", "oci:../two:it", &reference]);
    let summary = workspace.path("summary.md").display().to_string();
    workspace.done(&["update", "--summary", &summary]);
    let summary = std::fs::read_to_string(summary).expect("a summary");
    let row = summary.lines().find(|line| line.starts_with("| changed |"));
    assert!(row.expect("a row").contains("/os/base:12 |"), "{summary}");
    checked(&workspace, 1, "published is built on sha256:");
    workspace.done(&["build", "--push", "recipes/server.yml"]);
    checked(&workspace, 0, "server linux/amd64: agrees");
}
