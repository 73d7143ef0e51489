//! Parents whose links point out of their root.

use std::path::Path;

use serde_json::json;

use crate::layout::{Layer, Layout, Member, archive, root};
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

/// Every layer that tries to write, remove or link outside; they are put over the usual root.
fn attacks(canary: &str) -> Vec<(&'static str, Vec<u8>)> {
    let up = format!("../../../../../../../../..{canary}");
    let file = format!("{canary}/file");
    vec![
        (
            "absolute",
            archive(&[Member::Link("out", canary), Member::File("out/new", b"x")]),
        ),
        (
            "climbing",
            archive(&[Member::Link("out", &up), Member::File("out/new", b"x")]),
        ),
        (
            "over a file",
            archive(&[Member::Link("out", &file), Member::File("out", b"x")]),
        ),
        (
            "through a file",
            archive(&[Member::Link("out", canary), Member::File("out/file", b"x")]),
        ),
        (
            "whiteout",
            archive(&[
                Member::Link("out", canary),
                Member::File("out/.wh.file", b""),
            ]),
        ),
        (
            "opaque",
            archive(&[
                Member::Link("out", canary),
                Member::File("out/.wh..wh..opq", b""),
            ]),
        ),
        (
            "folder",
            archive(&[Member::Link("out", canary), Member::Folder("out/new")]),
        ),
        (
            "over a folder",
            archive(&[Member::Link("out", canary), Member::Folder("out")]),
        ),
        (
            "hard link",
            archive(&[Member::Link("out", canary), Member::Hard("own", "out/file")]),
        ),
        (
            "hard link to a path",
            archive(&[Member::Hard("own", &file)]),
        ),
        (
            "link in a link",
            archive(&[
                Member::Link("a", canary),
                Member::Link("b", "a/below"),
                Member::Link("b/c", "/"),
                Member::File("b/new", b"x"),
            ]),
        ),
        (
            "etc is out",
            archive(&[Member::Link("etc", canary), Member::File("etc/new", b"x")]),
        ),
        (
            "usr is out",
            archive(&[Member::Link("usr", canary), Member::File("usr/new", b"x")]),
        ),
    ]
}

#[test]
fn unpacking_and_building_upon_them_writes_nothing_outside() {
    let workspace = Workspace::new();
    let canary = canaries(&workspace).remove(0);
    for (case, layer) in attacks(&canary) {
        let _ = std::fs::remove_dir_all(workspace.path("base"));
        let base = Layout::new(&workspace.path("base"));
        base.tag(base.image(&[Layer::plain(root()), Layer::plain(layer)], &json!({})));
        let modules = "  - type: settings\n    settings:\n      - file: { /out/built: { content: x } }\n      \
                       - file: { /etc/built: { content: x } }\n      - sysctl: { net.ipv4.ip_forward: 0 }\n";
        workspace.write("recipes/it.yml", on_base(&workspace, modules));
        let built = bounded(&workspace, &["build", "recipes/it.yml"]);
        assert!(
            matches!(built.code, Some(0 | 2 | 3)),
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
        crate::layout::push(&mut layer, (name, kind, link), b"");
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
