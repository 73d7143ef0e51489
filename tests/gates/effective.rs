//! Gates: a program uses what a setting says, whatever else writes files.

use super::plain_base::{Node, write_layout};
use super::workspace::Workspace;

const SSHD: &str = "Include /etc/ssh/sshd_config.d/*.conf\nLoginGraceTime 0\n";

/// A base, and a flavour on it with a body of its own.
fn flavour(sshd: &'static str, body: &str) -> Workspace {
    let workspace = Workspace::new();
    let nodes: Vec<(&str, Node)> = vec![
        ("etc", Node::Directory),
        ("etc/passwd", Node::File("root:x:0:0:root:/root:/bin/sh\n")),
        ("etc/group", Node::File("root:x:0:\n")),
        (
            "etc/os-release",
            Node::File("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"),
        ),
        ("etc/modprobe.d", Node::Directory),
        (
            "etc/modprobe.d/10-site.conf",
            Node::File("install cramfs /sbin/modprobe --ignore-install cramfs\n"),
        ),
        ("etc/ssh", Node::Directory),
        ("etc/ssh/sshd_config", Node::File(sshd)),
        ("etc/ssh/sshd_config.d", Node::Directory),
        (
            "etc/ssh/sshd_config.d/50-cloud-init.conf",
            Node::File("PermitRootLogin yes\nMaxAuthTries 6\nAllowGroups all\n"),
        ),
        ("etc/sysctl.d", Node::Directory),
        ("opt", Node::Directory),
        ("opt/sshd.conf", Node::File("AllowGroups other\n")),
        ("usr", Node::Directory),
    ];
    write_layout(&workspace.path("base"), "base", &nodes);
    let base = workspace.path("base").display().to_string();
    let text = format!(
        "apiVersion: terroir/v1\nname: one\ntier: universal\nowner: acme\nfrom: oci:{base}:base\n{body}"
    );
    workspace.write("recipes/one.yml", text);
    workspace.write("recipes/files/swap.conf", "vm.swappiness = 60\n");
    workspace.write(
        "recipes/files/load.conf",
        "install cramfs /sbin/modprobe cramfs\n",
    );
    workspace.write(
        "recipes/files/root.conf",
        "Match all\n  PermitRootLogin yes\n",
    );
    workspace
}

/// A text without the white space and bars that the width of a terminal makes.
fn plain(said: &str) -> String {
    said.replace('│', "").split_whitespace().collect()
}

const SETTINGS: &str = "modules:
  - type: settings
    settings:
      - sysctl: { vm.swappiness: 10 }
      - kernel_module: { cramfs: disabled }
      - config:
          path: /etc/ssh/sshd_config
          style: space
          values: { PermitRootLogin: \"no\", MaxAuthTries: { at-most: 4 }, AllowGroups: admins }
";

#[test]
#[expect(clippy::too_many_lines, reason = "tables of cases are long")]
fn a_setting_that_another_file_undoes_fails_the_build() {
    let file = |source: &str, to: &str| {
        format!("  - type: files\n    files: [ {{ source: files/{source}, destination: {to} }} ]\n")
    };
    for (name, sshd, more, code, words) in [
        ("only settings", SSHD, String::new(), 0, &[][..]),
        (
            "a later file of sysctl.d",
            SSHD,
            file("swap.conf", "/etc/sysctl.d/zzz.conf"),
            1,
            &[
                "sysctl:vm.swappiness has no effect",
                "vm.swappiness = 60 (/etc/sysctl.d/zzz.conf:1)",
                "recipes/one.yml:9",
                "override: true",
            ],
        ),
        (
            "an earlier file of sysctl.d",
            SSHD,
            file("swap.conf", "/etc/sysctl.d/10-swap.conf"),
            0,
            &[],
        ),
        (
            "an excepted setting",
            SSHD,
            file("swap.conf", "/etc/sysctl.d/zzz.conf")
                + "exceptions:\n  - { setting: \"sysctl:vm.swappiness\", reason: much memory, owner: acme, expires: 2099-01-01 }\n",
            0,
            &[],
        ),
        (
            "an earlier file of modprobe.d",
            SSHD,
            file("load.conf", "/etc/modprobe.d/00-a.conf"),
            1,
            &[
                "kernel_module:cramfs has no effect",
                "/etc/modprobe.d/00-a.conf:1",
            ],
        ),
        (
            "a block for everybody",
            SSHD,
            file("root.conf", "/etc/ssh/sshd_config.d/99-root.conf"),
            1,
            &[
                "#PermitRootLogin has no effect",
                "/etc/ssh/sshd_config.d/99-root.conf:2",
            ],
        ),
        (
            "a file that is taken in from elsewhere",
            "Include /opt/sshd.conf\n",
            String::new(),
            1,
            &["#AllowGroups has no effect", "/opt/sshd.conf"],
        ),
    ] {
        let workspace = flavour(sshd, &format!("{SETTINGS}{more}"));
        let said = workspace.run(&["build", "recipes/one.yml"]);
        assert_eq!(said.code, code, "{name}: {}", said.err);
        let all = plain(&said.err);
        for word in words {
            assert!(
                all.contains(&plain(word)),
                "{name}: no `{word}` in\n{}",
                said.err
            );
        }
    }
}

#[test]
fn a_flavour_below_cannot_undo_a_setting_in_silence() {
    let workspace = flavour(SSHD, SETTINGS);
    let below = "apiVersion: terroir/v1\nname: two\ntier: group\nowner: acme\nfrom: one.yml\n\
        modules:\n  - type: files\n    files: [ { source: files/swap.conf, destination: /etc/sysctl.d/zzz.conf } ]\n";
    workspace.write("recipes/two.yml", below);
    let said = workspace.run(&["build", "recipes/two.yml"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        plain(&said.err).contains("/etc/sysctl.d/zzz.conf:1"),
        "{}",
        said.err
    );
    let stated = "  - type: settings\n    settings: [ { sysctl: { vm.swappiness: 60 } } ]\n";
    workspace.write("recipes/two.yml", format!("{below}{stated}"));
    let said = workspace.run(&["build", "recipes/two.yml"]);
    assert_eq!(said.code, 0, "{}", said.err);
}
