//! The program with a registry that fails: what it says, what it leaves, and how it continues.

use super::support::registry::{Faults, Lie, TestRegistry, faults};
use super::support::trial::{Workspace, files};

/// A flavour on scratch in one repository, and one in another that derives from its image.
fn published() -> (TestRegistry, Workspace, Workspace) {
    let registry = TestRegistry::start(Faults::default());
    let (upper, lower) = (Workspace::new(), Workspace::new());
    let head = "apiVersion: terroir/v1\n";
    let setting =
        |setting: &str| format!("modules:\n  - type: settings\n    settings:\n      - {setting}\n");
    upper.write(
        "recipes/upper.yml",
        format!(
            "{head}name: upper\ntier: universal\nfrom: scratch\n{}",
            setting("file: { /etc/large: { content: \"large\" } }")
        ),
    );
    let target = format!("{}/os/upper:1", registry.address());
    upper
        .run(&["push", "recipes/upper.yml", &target])
        .expect(0, "pushed");
    lower.write(
        "recipes/lower.yml",
        format!(
            "{head}name: lower\ntier: local\nfrom: {target}\n{}",
            setting("sysctl: { net.ipv4.ip_forward: 0 }")
        ),
    );
    (registry, upper, lower)
}

/// More tries than any client makes.
const ALWAYS: usize = 1000;

fn cases() -> Vec<(&'static str, Faults, &'static str)> {
    let lie = |lie: Lie| faults(|faults| faults.lie = lie);
    vec![
        (
            "429",
            faults(|faults| faults.too_many = ALWAYS),
            "too many requests",
        ),
        (
            "dropped",
            faults(|faults| faults.dropped_downloads = ALWAYS),
            "broke",
        ),
        ("other bytes", lie(Lie::Bytes), "is damaged"),
        ("too long", lie(Lie::Longer), "is damaged"),
        ("other length", lie(Lie::Length), ""),
        ("other digest", lie(Lie::Digest), "is not in"),
        (
            "429 for hours",
            faults(|faults| {
                faults.too_many = ALWAYS;
                faults.retry_after = Some("99999");
            }),
            "asks to wait 99999 seconds",
        ),
    ]
}

fn tags(workspace: &Workspace) -> bool {
    workspace.path("store/index.json").exists()
}

fn assert_nothing_half(workspace: &Workspace, what: &str) {
    let left = files(&workspace.path("store/tmp"));
    assert!(left.is_empty(), "{what}: {left:?}");
    let said = workspace.run(&["prune", "--check", "--keep-days", "1"]);
    assert!(
        !said.expect(0, "").err.contains("damaged"),
        "{what}: {}",
        said.err
    );
}

#[test]
fn a_parent_that_cannot_be_fetched_is_told_and_built_upon_later() {
    let (registry, _, workspace) = published();
    let wanted = workspace.build("recipes/lower.yml");
    for (what, faults, words) in cases() {
        let _ = std::fs::remove_dir_all(workspace.path("store"));
        registry.become_faulty(faults);
        let said = workspace.run(&["build", "recipes/lower.yml"]);
        // Blobs that nobody reads cannot be wrong: the parent's own layers stay there.
        said.expect(3, words).expect(3, &registry.address());
        assert!(!tags(&workspace), "{what}: an image was named");
        assert_nothing_half(&workspace, what);
        registry.become_faulty(Faults::default());
        assert_eq!(workspace.build("recipes/lower.yml"), wanted, "{what}");
    }
}

#[test]
fn a_pull_that_fails_leaves_nothing_and_goes_on() {
    let (registry, _, workspace) = published();
    let reference = format!("{}/os/upper:1", registry.address());
    for (what, faults, words) in cases() {
        let _ = std::fs::remove_dir_all(workspace.path("store"));
        registry.become_faulty(faults);
        let said = workspace.run(&["pull", &reference]);
        said.expect(3, words).expect(3, &registry.address());
        assert!(!tags(&workspace), "{what}: an image was named");
        assert_nothing_half(&workspace, what);
        registry.become_faulty(Faults::default());
        workspace.run(&["pull", &reference]).expect(0, "");
        workspace.run(&["inspect", &reference]).expect(0, "");
        let into = workspace.text(what);
        workspace.run(&["unpack", &reference, &into]).expect(0, "");
    }
    // A reader of one line only is not a failure.
    let script = format!("\"$TERROIR\" inspect {reference} | head -n 1");
    workspace.script(&[], &script).expect(0, "");
}

#[test]
fn a_push_that_fails_moves_no_tag_and_goes_on() {
    let (registry, upper, _) = published();
    upper.build("recipes/upper.yml");
    let target = format!("{}/os/other:1", registry.address());
    let push = ["push", "recipes/upper.yml", target.as_str()];
    let cases = [
        (
            faults(|faults| faults.too_many = ALWAYS),
            "too many requests",
        ),
        (
            faults(|faults| faults.failing_uploads = ALWAYS),
            "failed with status 500",
        ),
        (faults(|faults| faults.dropped_uploads = ALWAYS), "broke"),
        (faults(|faults| faults.lie = Lie::Digest), "instead of"),
    ];
    for (faults, words) in cases {
        registry.become_faulty(faults);
        upper.run(&push).expect(3, words).expect(3, &target);
        if words != "instead of" {
            assert_eq!(registry.tag("os/other", "1"), None, "{words}");
        }
        assert_nothing_half(&upper, words);
    }
    registry.become_faulty(Faults::default());
    upper.run(&push).expect(0, "pushed");
    assert!(registry.tag("os/other", "1").is_some());
}

#[test]
fn a_registry_that_is_gone_is_told() {
    let (registry, upper, workspace) = published();
    let address = registry.address();
    drop(registry);
    let gone = format!("cannot connect to {address}");
    let reference = format!("{address}/os/upper:1");
    workspace
        .run(&["build", "recipes/lower.yml"])
        .expect(3, &gone)
        .expect(3, "check the host");
    workspace
        .run(&["pull", &reference])
        .expect(3, &gone)
        .expect(3, "hint: check the host");
    workspace.run(&["inspect", &reference]).expect(3, &gone);
    upper
        .run(&["push", "recipes/upper.yml", &reference])
        .expect(3, &gone);
    workspace
        .run(&["validate", "--fetch", "recipes/lower.yml"])
        .expect(3, &gone);
    workspace
        .run(&["validate", "recipes/lower.yml"])
        .expect(0, "");
}

#[test]
fn a_pulled_layer_that_is_damaged_is_fetched_again() {
    let (registry, _, workspace) = published();
    let reference = format!("{}/os/upper:1", registry.address());
    workspace.run(&["pull", &reference]).expect(0, "");
    for blob in files(&workspace.path("store/blobs")) {
        let whole = std::fs::read(&blob).expect("read");
        let mut bytes = whole.clone();
        bytes[0] ^= 1;
        std::fs::write(&blob, bytes).expect("written");
        workspace.run(&["pull", &reference]).expect(0, "");
        assert_eq!(std::fs::read(&blob).expect("read"), whole);
    }
}
