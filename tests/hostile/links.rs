//! Parents whose links point out of their root.

use std::path::Path;

use serde_json::json;

use crate::layout::{Layer, Layout, push, root};
use crate::trial::{Workspace, files};
use crate::{bounded, on_base};

/// Folders beside the repository in which nothing may change.
fn canaries(workspace: &Workspace) -> Vec<String> {
    ["canary", "canary/below"]
        .map(|name| {
            let folder = workspace.path(name);
            std::fs::create_dir_all(&folder).expect("made");
            std::fs::write(folder.join("file"), "alive").expect("written");
            folder.display().to_string()
        })
        .to_vec()
}

fn assert_alive(workspace: &Workspace, case: &str) {
    let canary = workspace.path("canary");
    let found = files(&canary);
    assert_eq!(
        found,
        [canary.join("below/file"), canary.join("file")],
        "{case}"
    );
    for file in found {
        assert_eq!(
            std::fs::read_to_string(&file).expect("read"),
            "alive",
            "{case}"
        );
        let links = std::os::unix::fs::MetadataExt::nlink(&file.metadata().expect("there"));
        assert_eq!(links, 1, "{case}: {} got another name", file.display());
    }
}

/// A member of an archive: name, kind, link.
type Raw = (&'static str, u8, &'static str);

/// Layers that try to write, remove or link outside; `@` is the canary.
const ATTACKS: [(&str, &[Raw]); 13] = [
    ("absolute", &[("out", b'2', "@"), ("out/new", b'0', "")]),
    (
        "climbing",
        &[
            ("out", b'2', "../../../../../../../..@"),
            ("out/new", b'0', ""),
        ],
    ),
    ("over a file", &[("out", b'2', "@/file"), ("out", b'0', "")]),
    (
        "through a file",
        &[("out", b'2', "@"), ("out/file", b'0', "")],
    ),
    (
        "whiteout",
        &[("out", b'2', "@"), ("out/.wh.file", b'0', "")],
    ),
    (
        "opaque",
        &[("out", b'2', "@"), ("out/.wh..wh..opq", b'0', "")],
    ),
    ("folder", &[("out", b'2', "@"), ("out/new", b'5', "")]),
    ("over a folder", &[("out", b'2', "@"), ("out", b'5', "")]),
    (
        "hard link",
        &[("out", b'2', "@"), ("own", b'1', "out/file")],
    ),
    ("hard link to a path", &[("own", b'1', "@/file")]),
    (
        "link in a link",
        &[
            ("a", b'2', "@"),
            ("b", b'2', "a/below"),
            ("b/c", b'2', "/"),
            ("b/new", b'0', ""),
        ],
    ),
    ("etc is out", &[("etc", b'2', "@"), ("etc/new", b'0', "")]),
    ("usr is out", &[("usr", b'2', "@"), ("usr/new", b'0', "")]),
];

fn attack(members: &[Raw], canary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, link) in members {
        push(&mut out, (name, *kind, &link.replace('@', canary)), b"");
    }
    out.resize(out.len() + 1024, 0);
    out
}

#[test]
fn unpacking_and_building_upon_them_writes_nothing_outside() {
    let workspace = Workspace::new();
    let canary = canaries(&workspace).remove(0);
    for (case, members) in ATTACKS {
        let layer = attack(members, &canary);
        let _ = std::fs::remove_dir_all(workspace.path("base"));
        let base = Layout::new(&workspace.path("base"));
        base.tag(base.image(&[Layer::plain(root()), Layer::plain(layer)], &json!({})));
        let modules = "  - type: settings\n    settings:\n      - file: { /out/built: { content: x } }\n      \
                       - file: { /etc/built: { content: x } }\n      - sysctl: { net.ipv4.ip_forward: 0 }\n";
        workspace.write("recipes/it.yml", on_base(&workspace, modules));
        let built = bounded(&workspace, &["build", "recipes/it.yml"]);
        assert!(
            // Where /usr is elsewhere, no program is known to read what is set: that is told, too.
            matches!(built.code, Some(0..=3)),
            "{case}: {}",
            built.err
        );
        assert_alive(&workspace, case);
        let source = format!("oci:{}:it", workspace.text("base"));
        let mut targets = vec![source.as_str()];
        targets.extend(built.code.filter(|code| *code == 0).map(|_| "it"));
        for target in targets {
            let _ = std::fs::remove_dir_all(workspace.path("root"));
            let said = bounded(&workspace, &["unpack", target, &workspace.text("root")]);
            assert!(matches!(said.code, Some(0 | 3)), "{case}: {}", said.err);
            assert_alive(&workspace, case);
        }
    }
}

#[test]
fn names_that_climb_are_refused() {
    for (name, kind, link) in [
        ("../canary/new", b'0', ""),
        ("etc/../../canary/new", b'0', ""),
        ("etc/x", b'1', "../../canary/file"),
        ("./../x", b'5', ""),
    ] {
        let workspace = Workspace::new();
        canaries(&workspace);
        let mut layer = Vec::new();
        push(&mut layer, (name, kind, link), b"");
        layer.resize(layer.len() + 1024, 0);
        let base = Layout::new(&workspace.path("base"));
        base.tag(base.image(&[Layer::plain(layer)], &json!({})));
        workspace.write("recipes/it.yml", on_base(&workspace, ""));
        bounded(&workspace, &["build", "recipes/it.yml"]).expect(3, "climbs with `..`");
        let source = format!("oci:{}:it", workspace.text("base"));
        bounded(&workspace, &["unpack", &source, &workspace.text("root")])
            .expect(3, "climbs with `..`");
        assert_alive(&workspace, name);
    }
}

#[test]
fn unpacking_goes_into_an_empty_folder_only() {
    let workspace = Workspace::new();
    canaries(&workspace);
    let base = Layout::new(&workspace.path("base"));
    base.tag(base.image(&[Layer::plain(root())], &json!({})));
    let source = format!("oci:{}:it", workspace.text("base"));
    let into = workspace.text("canary");
    bounded(&workspace, &["unpack", &source, &into]).expect(3, "is not empty");
    assert_alive(&workspace, "full");
    assert!(!Path::new(&workspace.path("canary/usr")).exists());
}
