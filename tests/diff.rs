//! Differences between two images, beside those that find, cmp and dpkg-query see.

#[path = "support/judge.rs"]
mod judge;
#[path = "diff/roots.rs"]
mod roots;
#[expect(dead_code, reason = "variables of the environment are of other tests")]
#[path = "support/workspace.rs"]
mod workspace;

use serde_json::Value;
use workspace::Workspace;

/// The comparison as JSON; it must end with a code.
fn compared(workspace: &Workspace, arguments: &[&str], code: i32) -> Value {
    let format = ["--format", "json"];
    let all: Vec<&str> = ["diff"]
        .iter()
        .chain(arguments)
        .chain(&format)
        .copied()
        .collect();
    let said = workspace.run(&all);
    assert_eq!(said.code, code, "{all:?}: {}{}", said.out, said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

/// The changes of a part, each as direction and name.
fn changes(overview: &Value, part: &str, name: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = overview[part]["changes"].as_array().expect("changes");
    all.iter()
        .map(|one| (text(&one["direction"]), text(&one[name])))
        .collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    all.iter().map(owned).collect()
}

const SERVER: &str = "apiVersion: terroir/v1\nname: server\ntier: universal\nfrom: scratch\n\
                      owner: platform-team\nmodules:\n";

/// Two flavours that differ in settings, files, labels and exceptions.
fn flavours() -> Workspace {
    let workspace = Workspace::new();
    let old = "  - type: settings\n    settings:\n      - sysctl: { net.ipv4.ip_forward: 0, kernel.kptr_restrict: 2 }\n  \
               - type: files\n    files: [{ content: \"one\\n\", destination: /etc/motd }]\n";
    let new = "  - type: settings\n    settings:\n      - sysctl: { net.ipv4.ip_forward: 1, kernel.kptr_restrict: 2 }\n  \
               - type: settings\n    settings:\n      - sysctl: { kernel.dmesg_restrict: 1 }\n  \
               - type: files\n    files: [{ content: \"two\\n\", destination: /etc/motd }]\n";
    workspace.write("recipes/old.yml", format!("{SERVER}{old}"));
    workspace.write("recipes/new.yml", format!("{SERVER}{new}"));
    workspace
}

#[test]
fn settings_are_compared_by_the_values_in_force() {
    let workspace = flavours();
    let overview = compared(&workspace, &["recipes/old.yml", "recipes/new.yml"], 1);
    let settings = pairs(&[
        ("new", "sysctl:kernel.dmesg_restrict"),
        ("changed", "sysctl:net.ipv4.ip_forward"),
    ]);
    assert_eq!(changes(&overview, "settings", "name"), settings);
    let forward = &overview["settings"]["changes"][1];
    assert_eq!(
        (&forward["old"], &forward["new"]),
        (&"0".into(), &"1".into())
    );
    assert_eq!(forward["owner"], "platform-team");
    assert!(
        forward["place"]
            .as_str()
            .expect("a place")
            .starts_with("recipes/new.yml:")
    );
    let said = workspace.run(&["diff", "recipes/old.yml", "recipes/new.yml"]);
    let line = "changed  sysctl:net.ipv4.ip_forward  0 → 1  (recipes/new.yml:";
    assert!(said.out.contains(line), "{}", said.out);
    let arguments = [
        "diff",
        "recipes/old.yml",
        "recipes/new.yml",
        "--format",
        "markdown",
    ];
    let said = workspace.run(&arguments);
    let cell = "| changed | sysctl:net.ipv4.ip\\_forward | 0 | 1 |";
    assert!(said.out.contains(cell), "{}", said.out);
}

#[test]
fn the_same_image_has_no_difference() {
    let workspace = flavours();
    workspace.done(&["build", "-q", "recipes/old.yml", "-o", "oci:out:1"]);
    let overview = compared(&workspace, &["recipes/old.yml", "oci:out:1"], 0);
    assert_eq!(overview["update"]["bytes"], 0);
    let said = workspace.done(&["diff", "recipes/old.yml", "oci:out:1"]);
    assert!(said.contains("no difference\n"), "{said}");
    assert!(said.ends_with("update: nothing to fetch\n"), "{said}");
}

#[test]
fn an_update_is_as_large_as_the_blobs_that_are_missing() {
    let workspace = flavours();
    for name in ["old", "new"] {
        let recipe = format!("recipes/{name}.yml");
        workspace.done(&["build", "-q", &recipe, "-o", &format!("oci:{name}:1")]);
    }
    let overview = compared(&workspace, &["oci:old:1", "oci:new:1"], 1);
    let blobs = |name: &str| {
        let inspected = workspace.done(&["inspect", &format!("oci:{name}:1"), "--format", "json"]);
        let inspected: Value = serde_json::from_str(&inspected).expect("JSON");
        let layers = inspected["platforms"][0]["layers"]
            .as_array()
            .expect("layers")
            .clone();
        let digests = layers
            .iter()
            .map(|layer| layer["digest"].as_str().expect("text").to_owned());
        digests.collect::<std::collections::BTreeSet<String>>()
    };
    let missing: Vec<String> = blobs("new").difference(&blobs("old")).cloned().collect();
    let size = |digest: &String| {
        let blob = format!("new/blobs/{}", digest.replace(':', "/"));
        std::fs::metadata(workspace.repository().join(blob))
            .expect("a blob")
            .len()
    };
    let bytes: u64 = missing.iter().map(size).sum();
    assert!(bytes > 0);
    assert_eq!(overview["update"]["bytes"], bytes);
    assert_eq!(overview["update"]["layers"], missing.len());
}

#[test]
fn what_is_not_known_is_not_the_same() {
    let workspace = flavours();
    workspace.write("root/etc/motd", "one\n");
    workspace.write("rpm/var/lib/rpm/rpmdb.sqlite", "");
    let overview = compared(&workspace, &["dir:root", "dir:rpm"], 1);
    let why = |part: &str| {
        overview[part]["notCompared"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(why("settings"), "dir:root has no flavour record");
    assert_eq!(
        why("packages"),
        "dir:rpm: terroir does not read the database of rpm"
    );
    assert_eq!(why("layers"), "dir:root is a folder");
    assert_eq!(why("controls"), "dir:root has no known benchmark");
    assert_eq!(overview["update"], Value::Null);
}
