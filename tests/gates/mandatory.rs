//! Gates: nothing below can weaken what higher tiers make mandatory.

use super::plain_base::{Node, write_layout};
use super::workspace::{Said, Workspace};

/// A universal flavour with mandatory kernel parameters and a mode, and a group flavour on it.
fn family() -> Workspace {
    let workspace = Workspace::new();
    let nodes: Vec<(&str, Node)> = vec![
        ("etc", Node::Directory),
        ("etc/passwd", Node::File("root:x:0:0:root:/root:/bin/sh\n")),
        ("etc/group", Node::File("root:x:0:\n")),
        (
            "etc/os-release",
            Node::File("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"),
        ),
        ("etc/secret", Node::File("secret\n")),
        ("etc/sysctl.d", Node::Directory),
        ("usr", Node::Directory),
    ];
    write_layout(&workspace.path("base"), "base", &nodes);
    let base = workspace.path("base").display().to_string();
    workspace.write(
        "recipes/universal.yml",
        format!(
            "apiVersion: terroir/v1
name: universal
tier: universal
owner: platform-team
from: oci:{base}:base
modules:
  - type: settings
    settings:
      - sysctl: {{ kernel.kptr_restrict: 2, vm.swappiness: 10 }}
      - file: {{ /etc/secret: {{ mode: \"0600\", owner: \"root:root\" }} }}
mandatory:
  - \"sysctl:kernel.*\"
  - \"file:/etc/secret\"
  - {{ match: \"sysctl:vm.*\", exceptions: allowed }}
"
        ),
    );
    workspace
}

fn group(workspace: &Workspace, from: &str, body: &str) {
    let text = format!(
        "apiVersion: terroir/v1\nname: group\ntier: group\nowner: acme\nfrom: {from}\n{body}"
    );
    workspace.write("recipes/group.yml", text);
}

fn build(workspace: &Workspace) -> Said {
    workspace.run(&["build", "recipes/group.yml"])
}

/// What a group flavour says, the exit code, and words of the answer.
const CASES: &[(&str, &str, i32, &[&str])] = &[
    (
        "a setting",
        "modules:\n  - type: settings\n    settings: [ { sysctl: { kernel.kptr_restrict: 0 } } ]\n",
        2,
        &[
            "mandatory in the universal flavour universal",
            "recipes/group.yml:8",
            "recipes/universal.yml",
            "platform-team",
        ],
    ),
    (
        "a file that a module writes",
        "modules:\n  - type: files\n    files: [ { source: files/weak.conf, destination: /etc/sysctl.d/zz.conf } ]\n",
        1,
        &[
            "sysctl:kernel.kptr_restrict is mandatory",
            "step `files`",
            "/etc/sysctl.d/zz.conf:1",
            "platform-team",
        ],
    ),
    (
        "a file that a setting writes",
        "modules:\n  - type: settings\n    settings: [ { file: { /etc/sysctl.d/zz.conf: { content: \"kernel.kptr_restrict = 0\\n\" } } } ]\n",
        1,
        &[
            "sysctl:kernel.kptr_restrict is mandatory",
            "step `settings`",
        ],
    ),
    (
        "a mode that a module changes",
        "modules:\n  - type: files\n    files: [ { source: files/secret, destination: /etc/secret, mode: \"0644\" } ]\n",
        1,
        &["file:/etc/secret is mandatory", "mode 0644"],
    ),
    (
        "a stricter mode",
        "modules:\n  - type: files\n    files: [ { source: files/secret, destination: /etc/secret, mode: \"0400\" } ]\n",
        0,
        &[],
    ),
    (
        "nothing that it insists on",
        "modules:\n  - type: files\n    files: [ { source: files/secret, destination: /etc/other } ]\n",
        0,
        &[],
    ),
    (
        "a value without an exception",
        "modules:\n  - type: settings\n    settings: [ { sysctl: { vm.swappiness: 60 } } ]\n",
        2,
        &["sysctl:vm.swappiness is mandatory", "expires: YYYY-MM-DD"],
    ),
    (
        "a value with an exception",
        "modules:\n  - type: settings\n    settings: [ { sysctl: { vm.swappiness: 60 } } ]\nexceptions:\n  - { setting: \"sysctl:vm.swappiness\", reason: much memory, owner: acme, expires: 2099-01-01 }\n",
        0,
        &[],
    ),
    (
        "an exception that nobody allows",
        "exceptions:\n  - { setting: \"sysctl:kernel.kptr_restrict\", reason: debugging, owner: acme, expires: 2099-01-01 }\n",
        2,
        &[
            "allows no exceptions",
            "recipes/group.yml:7",
            "exceptions: allowed",
        ],
    ),
    (
        "an exception from a control that no layer has",
        "exceptions:\n  - { control: cis/5.1.200, reason: debugging, owner: acme, expires: 2099-01-01 }\n",
        2,
        &[
            "no layer has a control `cis/5.1.200`",
            "recipes/group.yml:7",
            "did you mean `cis/5.1.20`?",
        ],
    ),
    (
        "an exception from a kind of settings that is none",
        "exceptions:\n  - { setting: \"sysctls:vm.swappiness\", reason: debugging, owner: acme, expires: 2099-01-01 }\n",
        2,
        &["no kind of settings `sysctls`", "did you mean `sysctl`?"],
    ),
    (
        "an exception from a section",
        "exceptions:\n  - { control: cis/5.1, reason: debugging, owner: acme, expires: 2099-01-01 }\n",
        0,
        &[],
    ),
    (
        "an exception without an owner",
        "exceptions:\n  - { setting: \"sysctl:vm.swappiness\", reason: much memory, expires: 2099-01-01 }\n",
        2,
        &["owner"],
    ),
];

fn hold(workspace: &Workspace, from: &str) {
    workspace.write("recipes/files/weak.conf", "kernel.kptr_restrict = 0\n");
    workspace.write("recipes/files/secret", "secret\n");
    for (name, body, code, words) in CASES {
        group(workspace, from, body);
        let said = build(workspace);
        assert_eq!(said.code, *code, "{name}: {}{}", said.out, said.err);
        // Lines are wrapped to the width of a terminal.
        let plain: String = said
            .err
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("│ ", "");
        for word in *words {
            assert!(plain.contains(word), "{name}: no `{word}` in\n{}", said.err);
        }
    }
}

#[test]
fn a_mandatory_setting_holds_below() {
    hold(&family(), "universal.yml");
}

#[test]
fn it_holds_when_the_parent_is_only_an_image() {
    let workspace = family();
    let layout = workspace.path("published").display().to_string();
    workspace.done(&[
        "build",
        "recipes/universal.yml",
        "-o",
        &format!("oci:{layout}:universal"),
    ]);
    std::fs::remove_file(workspace.repository().join("recipes/universal.yml")).expect("removes");
    hold(&workspace, &format!("oci:{layout}:universal"));
}

#[test]
fn hardening_does_not_take_what_booting_needs() {
    let workspace = Workspace::new();
    let nodes: Vec<(&str, Node)> = vec![
        ("etc", Node::Directory),
        (
            "etc/os-release",
            Node::File("ID=debian\nVERSION_ID=\"12\"\n"),
        ),
        ("lib", Node::Link("usr/lib")),
        ("usr", Node::Directory),
        ("usr/lib", Node::Directory),
        ("usr/lib/modules", Node::Directory),
        ("usr/lib/modules/6.1.0-1-amd64", Node::Directory),
    ];
    write_layout(&workspace.path("base"), "base", &nodes);
    let base = format!("oci:{}:base", workspace.path("base").display());
    for (module, code) in [("overlay", 2), ("vfat", 2), ("cramfs", 0)] {
        let body = format!(
            "modules:\n  - type: settings\n    settings: [ {{ kernel_module: {{ {module}: disabled }} }} ]\n"
        );
        group(&workspace, &base, &body);
        let said = build(&workspace);
        assert_eq!(said.code, code, "{module}: {}", said.err);
        if code == 2 {
            assert!(said.err.contains("this image boots"), "{}", said.err);
        }
    }
}

#[test]
fn a_recipes_audit_holds_its_image_back() {
    let workspace = family();
    // What the recipe says beside the threshold, the exit code, and words of the answer.
    let cases: [(&str, &str, i32, &[&str]); 5] = [
        ("{ level: 1, threshold: 0 }", "", 0, &[]),
        (
            "{ benchmark: cis-debian12, level: 1, threshold: 99.5 }",
            "",
            1,
            &[
                "is below 99.5",
                "1.1.1.2",
                "asked for here",
                "recipes/group.yml:6",
            ],
        ),
        (
            "{ benchmark: cis-debian12, threshold: 0 }",
            "exceptions:\n  - { control: \"cis/*\", reason: a test, owner: acme, expires: 2020-01-01 }\n",
            1,
            &["an exception has expired"],
        ),
        (
            "{ benchmark: cis-debian99 }",
            "",
            1,
            &["there is no benchmark `cis-debian99`"],
        ),
        (
            "{ threshold: 50, choose: { pink: 1 } }",
            "",
            1,
            &["leaves no choice `pink`"],
        ),
    ];
    for (audit, more, code, words) in cases {
        group(
            &workspace,
            "universal.yml",
            &format!("audit: {audit}\n{more}"),
        );
        let said = build(&workspace);
        assert_eq!(said.code, code, "{audit}: {}", said.err);
        let plain: Vec<&str> = said.err.split_whitespace().collect();
        let plain = plain.join(" ").replace("│ ", "");
        for word in words {
            assert!(
                plain.contains(word),
                "{audit}: no `{word}` in\n{}",
                said.err
            );
        }
    }
}
