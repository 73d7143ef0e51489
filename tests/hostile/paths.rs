//! Recipes of both dialects whose paths climb out.

use std::os::unix::fs::symlink;

use crate::bounded;
use crate::trial::{Workspace, files};

const NATIVE: &str = "apiVersion: terroir/v1\nname: it\ntier: universal\nfrom: scratch\n";
const BLUEBUILD: &str =
    "name: it\ndescription: it\nbase-image: registry.example.org/base\nimage-version: 1\n";
const RECORD: &str = "belongs to the flavour record";
const OUT: &str = "out of the repository";

/// A repository with links in it that lead out, beside a secret.
fn repository() -> Workspace {
    let workspace = Workspace::new();
    std::fs::write(workspace.path("secret"), "modules: []\nkey: SECRET\n").expect("written");
    std::fs::create_dir(workspace.path("secrets")).expect("made");
    std::fs::write(workspace.path("secrets/secret"), "SECRET").expect("written");
    workspace.write("files/good", "good\n");
    workspace.write("recipes/good", "good\n");
    workspace.write("layers/inner/other.yml", "");
    for (target, name) in [
        ("../secret", "files/link"),
        ("../secrets", "files/linked"),
        ("../secret", "recipes/link"),
        ("../secret", "recipes/link.yml"),
        ("/etc/passwd", "recipes/absolute"),
        ("../../../secret", "layers/inner/layer.yml"),
        ("../secret", "cosign.pub"),
        ("loop", "recipes/loop"),
    ] {
        symlink(target, workspace.inside(name)).expect("linked");
    }
    // Those in recipes/ and files/ lead one folder further up.
    for (target, name) in [
        ("../../secret", "recipes/link"),
        ("../../secret", "recipes/link.yml"),
    ] {
        std::fs::remove_file(workspace.inside(name)).expect("removed");
        symlink(target, workspace.inside(name)).expect("linked");
    }
    for (target, name) in [
        ("../../secret", "files/link"),
        ("../../secrets", "files/linked"),
    ] {
        std::fs::remove_file(workspace.inside(name)).expect("removed");
        symlink(target, workspace.inside(name)).expect("linked");
    }
    workspace
}

#[test]
fn recipes_cannot_read_outside_of_their_repository() {
    let workspace = repository();
    let file = |source: &str| {
        format!(
            "{NATIVE}modules:\n  - type: files\n    files:\n      - {{ source: {source}, destination: /etc/x }}\n"
        )
    };
    let cases = [
        (file("../../etc/passwd"), OUT),
        (file("../../../../../../../../etc/passwd"), OUT),
        (file("/etc/passwd"), OUT),
        (file("link"), OUT),
        (file("absolute"), OUT),
        (file("../files/linked/secret"), OUT),
        (file("loop"), "`loop`"),
        (
            format!("{NATIVE}modules:\n  - from-file: ../../secret\n"),
            OUT,
        ),
        (
            format!("{NATIVE}modules:\n  - from-file: /etc/passwd\n"),
            OUT,
        ),
        (format!("{NATIVE}modules:\n  - from-file: link.yml\n"), OUT),
        (format!("{NATIVE}modules:\n  - layer: inner\n"), OUT),
        (
            format!("{NATIVE}modules:\n  - layer: ../inner\n"),
            "is not a layer name",
        ),
        (NATIVE.replace("scratch", "../../secret.yml"), OUT),
        (NATIVE.replace("scratch", "./link.yml"), OUT),
        (NATIVE.replace("scratch", "/etc/passwd"), OUT),
        (
            format!(
                "{NATIVE}modules:\n  - type: settings\n    settings:\n      - file: {{ /etc/x: {{ source: link }} }}\n"
            ),
            OUT,
        ),
        (
            format!(
                "{NATIVE}modules:\n  - {{ type: trust-store, family: debian, authorities: [link] }}\n"
            ),
            OUT,
        ),
    ];
    refuse_reading(&workspace, &cases);
}

#[test]
fn recipes_of_bluebuild_cannot_read_outside_of_their_repository() {
    let workspace = repository();
    let blue = |module: &str| format!("{BLUEBUILD}modules:\n{module}");
    let cases = [
        (
            blue(
                "  - type: files\n    files:\n      - { source: ../../secret, destination: /etc/x }\n",
            ),
            OUT,
        ),
        (
            blue("  - type: files\n    files:\n      - { source: link, destination: /etc/x }\n"),
            OUT,
        ),
        (
            blue("  - type: files\n    files:\n      - { source: linked, destination: /etc/x }\n"),
            OUT,
        ),
        (blue("  - from-file: ../../secret\n"), OUT),
        (blue("  - from-file: link.yml\n"), OUT),
        (blue("  - type: signing\n"), OUT),
    ];
    refuse_reading(&workspace, &cases);
}

/// Validates recipes, which are all refused and give away nothing of what they point at.
fn refuse_reading(workspace: &Workspace, cases: &[(String, &str)]) {
    for (recipe, words) in cases {
        workspace.write("recipes/it.yml", recipe);
        let said = bounded(workspace, &["validate", "recipes/it.yml"]);
        said.expect(2, words);
        let secret = said.err.contains("SECRET") || said.err.contains("root:x");
        assert!(!secret, "{}", said.err);
    }
}

#[test]
fn recipes_cannot_write_where_they_may_not() {
    let workspace = repository();
    symlink("/usr/lib/terroir", workspace.inside("files/way")).expect("linked");
    let native = |modules: &str| format!("{NATIVE}modules:\n{modules}");
    let file = |destination: &str| {
        native(&format!(
            "  - type: files\n    files:\n      - {{ source: good, destination: {destination} }}\n"
        ))
    };
    let setting = |setting: &str| {
        native(&format!(
            "  - type: settings\n    settings:\n      - {setting}\n"
        ))
    };
    let cases = [
        (file("/usr/lib/terroir/x"), RECORD),
        (file("/usr/lib/terroir"), RECORD),
        (file("//usr/./lib//terroir/x"), RECORD),
        (file("/usr/lib/terroir/../terroir/x"), ".."),
        (file("/etc/../../x"), ".."),
        (file("../x"), "absolute"),
        (
            setting("file: { /usr/lib/terroir/flavour.json: { content: x } }"),
            RECORD,
        ),
        (setting("file: { /etc/../../x: { content: x } }"), ".."),
        (
            setting("config: { /usr/lib/terroir/flavour.json: { set: { a: b } } }"),
            "terroir",
        ),
        // A link that the recipe makes itself, and then writes through or changes.
        (
            native(
                "  - type: files\n    files:\n      - { source: ../files/way, destination: /etc/way }\n",
            ),
            "../files/way",
        ),
        (
            native(
                "  - type: files\n    files:\n      - { source: ../files, destination: /etc }\n\
                 \x20 - type: files\n    files:\n      - { source: good, destination: /etc/way/flavour.json }\n",
            ),
            RECORD,
        ),
        (
            native(
                "  - type: files\n    files:\n      - { source: ../files, destination: /etc }\n\
                 \x20 - type: settings\n    settings:\n      - file: { /etc/way/x: { content: x } }\n",
            ),
            RECORD,
        ),
    ];
    for (recipe, words) in cases {
        workspace.write("recipes/it.yml", &recipe);
        let said = bounded(&workspace, &["build", "recipes/it.yml"]);
        said.expect(2, words);
    }
}

#[test]
fn names_in_recipes_cannot_leave_the_store() {
    let workspace = repository();
    for name in [
        "../../canary",
        "/canary",
        "a\\0b",
        "\"\"",
        "a b",
        "x/../../../canary",
    ] {
        let recipe = NATIVE.replace("name: it", &format!("name: {name}"));
        workspace.write("recipes/it.yml", format!("{recipe}modules: []\n"));
        let said = bounded(&workspace, &["build", "recipes/it.yml"]);
        assert!(matches!(said.code, Some(0 | 2)), "{name}: {}", said.err);
    }
    let all = files(&workspace.path(""));
    assert!(!all.iter().any(|file| file.ends_with("canary")), "{all:?}");
}

#[test]
fn links_in_copied_folders_stay_links() {
    let workspace = repository();
    std::fs::remove_file(workspace.inside("files/link")).expect("removed");
    let recipe = format!(
        "{NATIVE}modules:\n  - type: files\n    files:\n      - {{ source: ../files, destination: /etc }}\n"
    );
    workspace.write("recipes/it.yml", recipe);
    workspace.build("recipes/it.yml");
    let into = workspace.text("root");
    bounded(&workspace, &["unpack", "recipes/it.yml", &into]).expect(0, "");
    let linked = workspace.path("root/etc/linked");
    assert_eq!(
        std::fs::read_link(linked).expect("a link").as_os_str(),
        "../../secrets"
    );
}
