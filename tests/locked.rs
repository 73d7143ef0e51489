//! terroir.lock: what it pins, what it refuses, and images rebuilt from it.

#[path = "locked/accounts.rs"]
mod accounts;
#[path = "support/base.rs"]
mod base;
#[path = "support/judge.rs"]
mod judge;
#[path = "locked/packages.rs"]
mod packages;
#[path = "support/plain_base.rs"]
mod plain_base;
#[path = "support/program.rs"]
mod program;
#[path = "support/workspace.rs"]
mod workspace;

use plain_base::{Node, write_layout};
use workspace::{Said, Workspace};

const RECIPE: &str = "recipes/server.yml";
const BASE: &str = "oci:../base:it";

fn recipe(motd: &str) -> String {
    format!(
        "apiVersion: terroir/v1\nname: server\ntier: universal\nfrom: oci:../../base:it\n\
         modules:\n  - layer: sysctl\n  - type: files\n    \
         files: [{{ content: \"{motd}\\n\", destination: /etc/motd }}]\n"
    )
}

/// A repository with one flavour on a foreign base.
fn repository() -> Workspace {
    let workspace = Workspace::new();
    stack_on(&workspace, "one");
    workspace.write(RECIPE, recipe("Welcome."));
    workspace
}

/// Writes the base, which differs by a word.
fn stack_on(workspace: &Workspace, word: &'static str) {
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
        ("/usr/lib/sysctl.d", Node::Directory),
    ];
    write_layout(&workspace.path("base"), "it", &nodes);
}

/// What was said on standard error, with long messages on one line.
fn unwrapped(said: &Said) -> String {
    said.err.replace("\n  │ ", " ")
}

fn lock(workspace: &Workspace) -> String {
    let file = workspace.repository().join("terroir.lock");
    std::fs::read_to_string(file).expect("there is a lock")
}

#[test]
fn what_is_not_locked_is_refused() {
    let workspace = repository();
    let refused = workspace.run(&["build", "--locked", RECIPE]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let words = format!("the base {BASE} is not in terroir.lock");
    assert!(unwrapped(&refused).contains(&words), "{}", refused.err);
    let said = workspace.done(&["lock"]);
    assert!(
        said.contains("1 base, 0 packages of 0 requests, 1 layer"),
        "{said}"
    );
    workspace.done(&["build", "--locked", RECIPE]);
    let text = lock(&workspace);
    assert!(text.contains("epoch: 1750000000\n"), "{text}");
    workspace.done(&["lock", RECIPE]);
    assert_eq!(lock(&workspace), text, "locking again changes nothing");
    std::fs::remove_file(workspace.repository().join("terroir.lock")).expect("removed");
    let refused = workspace.run(&["build", "--locked", RECIPE]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("there is no "), "{}", refused.err);
}

#[test]
fn a_base_that_changed_is_taken_by_update_alone() {
    let workspace = repository();
    workspace.done(&["lock"]);
    stack_on(&workspace, "two");
    let refused = workspace.run(&["build", "--locked", RECIPE]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let words = format!("the base {BASE} is not as terroir.lock has it");
    assert!(unwrapped(&refused).contains(&words), "{}", refused.err);
    let said = workspace.run(&["build", RECIPE]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("not in terroir.lock"), "{}", said.err);
    let said = workspace.run(&["update", "nonsense"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("knows no base, recipe or package"),
        "{}",
        said.err
    );
    let said = workspace.done(&["update", BASE]);
    assert!(said.starts_with(&format!("changed base {BASE} ")), "{said}");
    workspace.done(&["build", "--locked", RECIPE]);
    let said = workspace.done(&["update", "--format", "json"]);
    assert_eq!(said.trim(), "{\n  \"changes\": []\n}");
}

#[test]
fn a_shipped_layer_that_changed_is_refused_by_name() {
    let workspace = repository();
    workspace.done(&["lock"]);
    let text = lock(&workspace);
    let digest = text
        .lines()
        .find_map(|line| line.strip_prefix("  sysctl: "));
    let digest = digest.expect("the layer is locked");
    let text = text.replace(digest, &format!("sha256:{}", "0".repeat(64)));
    workspace.write("terroir.lock", text);
    let refused = workspace.run(&["build", "--locked", RECIPE]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(
        refused.err.contains("the layer sysctl of this terroir"),
        "{}",
        refused.err
    );
    workspace.done(&["build", RECIPE]);
}

#[test]
fn a_lock_that_is_none_is_shown_with_its_line() {
    let workspace = repository();
    let cases = [
        ("format: 7\n", "the lock has format 7"),
        ("format: 1\n<<<<<<< HEAD\n", "a merge was not finished here"),
        ("format: 1\nlayers: [a]\n", "terroir.lock:2"),
    ];
    for (text, words) in cases {
        workspace.write("terroir.lock", text);
        for verb in ["build", "plan", "validate", "lock"] {
            let said = workspace.run(&[verb, RECIPE]);
            assert_eq!(said.code, 2, "{verb}: {}", said.err);
            assert!(said.err.contains(words), "{verb}: {}", said.err);
        }
    }
    workspace.write("terroir.lock", "");
    let said = workspace.run(&["update"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("hint: terroir lock writes it"),
        "{}",
        said.err
    );
}

#[test]
fn built_again_it_is_identical_or_the_first_byte_is_named() {
    let mut workspace = repository();
    let out = workspace.path("out").display().to_string();
    let out = format!("oci:{out}:1");
    workspace.done(&["lock"]);
    let said = workspace.run(&["rebuild", RECIPE, "--compare"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("holds no image server"), "{}", said.err);
    let revision = ["--revision", "abc", "--compression", "gzip"];
    let build = [&["build", RECIPE, "-o", &out][..], &revision].concat();
    workspace.done(&build);
    for compared in [&["--compare"][..], &["--with", &out]] {
        let said = workspace.done(&[&["rebuild", RECIPE][..], compared].concat());
        assert!(said.starts_with("identical: server sha256:"), "{said}");
    }
    workspace.write(RECIPE, recipe("Welcome!"));
    let said = workspace.run(&["rebuild", RECIPE, "--compare"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let words = "different: linux/amd64: layer 3 (terroir: files): /etc/motd: byte 7 is 0x2e";
    assert!(said.out.starts_with(words), "{}", said.out);
    workspace.write(RECIPE, recipe("Welcome."));
    workspace.set("SOURCE_DATE_EPOCH", "1750000001");
    let said = workspace.run(&["rebuild", RECIPE, "--with", &out, "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let found: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(found["identical"], false, "{found:#}");
    let left = std::fs::read_dir(workspace.path("store/tmp")).expect("a store");
    assert_eq!(left.count(), 0, "fresh stores go");
}
