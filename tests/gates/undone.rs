//! Gates: a mandatory setting that the base overrides stops the image.

use super::plain_base::{Node, write_layout};
use super::workspace::{Said, Workspace};

/// Builds one flavour with a mandatory setting on a base with some files.
fn build(nodes: &[(&'static str, Node)], settings: &str, mandatory: &str) -> Said {
    let workspace = Workspace::new();
    let mut all: Vec<(&str, Node)> = vec![
        ("etc", Node::Directory),
        ("etc/passwd", Node::File("root:x:0:0:root:/root:/bin/sh\n")),
        ("etc/group", Node::File("root:x:0:\n")),
        (
            "etc/os-release",
            Node::File("ID=debian\nVERSION_ID=\"12\"\n"),
        ),
        ("usr", Node::Directory),
        ("usr/lib", Node::Directory),
    ];
    all.extend(nodes.iter().copied());
    write_layout(&workspace.path("base"), "base", &all);
    let base = workspace.path("base").display().to_string();
    workspace.write(
        "recipes/one.yml",
        format!(
            "apiVersion: terroir/v1\nname: one\ntier: universal\nfrom: oci:{base}:base\nmodules:\n  \
             - type: settings\n    settings: [ {settings} ]\nmandatory: [ \"{mandatory}\" ]\n"
        ),
    );
    workspace.run(&["build", "recipes/one.yml"])
}

/// A name, files of the base, settings, the mandatory one, the exit code and what is said.
type Case = (
    &'static str,
    &'static [(&'static str, Node)],
    &'static str,
    &'static str,
    i32,
    &'static str,
);

#[test]
#[expect(clippy::too_many_lines, reason = "tables of cases are long")]
fn what_the_base_undoes_is_held_back() {
    const SUDOERS: &str = "Defaults env_reset\n@includedir /etc/sudoers.d\n";
    const PROFILE: &str = "profile x flags=(complain) {\n}\n";
    let cases: [Case; 5] = [
        (
            "a later file of sudo",
            &[
                ("etc/sudoers", Node::File(SUDOERS)),
                ("etc/sudoers.d", Node::Directory),
                ("etc/sudoers.d/zz-own", Node::File("Defaults !use_pty\n")),
            ],
            "{ sudo: { use_pty: true } }",
            "sudo:use_pty",
            1,
            "/etc/sudoers.d/zz-own:1",
        ),
        (
            "an earlier file of sudo",
            &[
                ("etc/sudoers", Node::File(SUDOERS)),
                ("etc/sudoers.d", Node::Directory),
                ("etc/sudoers.d/10-own", Node::File("Defaults !use_pty\n")),
            ],
            "{ sudo: { use_pty: true } }",
            "sudo:use_pty",
            0,
            "",
        ),
        (
            "a profile that only complains",
            &[
                ("etc/apparmor.d", Node::Directory),
                ("etc/apparmor.d/x", Node::File(PROFILE)),
            ],
            "{ apparmor: { profiles: enforce } }",
            "apparmor:*",
            1,
            "/etc/apparmor.d/x:1",
        ),
        (
            "a mask of a mount, which goes",
            &[
                ("etc/systemd", Node::Directory),
                ("etc/systemd/system", Node::Directory),
                ("etc/systemd/system/srv.mount", Node::Link("/dev/null")),
            ],
            "{ mount: { /srv: { what: tmpfs, type: tmpfs, options: [nodev] } } }",
            "mount:*",
            0,
            "",
        ),
        (
            "a drop-in of a mount that comes last",
            &[
                ("etc/systemd", Node::Directory),
                ("etc/systemd/system", Node::Directory),
                ("etc/systemd/system/srv.mount.d", Node::Directory),
                (
                    "etc/systemd/system/srv.mount.d/zzz.conf",
                    Node::File("[Mount]\nOptions=dev\n"),
                ),
            ],
            "{ mount: { /srv: { what: tmpfs, type: tmpfs, options: [nodev] } } }",
            "mount:*",
            1,
            "srv.mount.d/zzz.conf:2",
        ),
    ];
    for (told, nodes, settings, mandatory, code, words) in cases {
        let said = build(nodes, settings, mandatory);
        assert_eq!(said.code, code, "{told}: {}", said.err);
        let plain: Vec<&str> = said.err.split_whitespace().collect();
        let plain = plain.join(" ").replace("│ ", "");
        assert!(plain.contains(words), "{told}: {}", said.err);
    }
}
