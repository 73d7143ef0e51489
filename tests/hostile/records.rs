//! Images with a wrong flavour record.

use serde_json::{Value, json};

use crate::layout::{Layer, Layout, Member, archive, push, root};
use crate::trial::Workspace;
use crate::{bounded, on_base};

const SYSCTL: &str =
    "  - type: settings\n    settings:\n      - sysctl: { net.ipv4.ip_forward: 1 }\n";
const TABLE: &[u8] = b"/etc 755 0 0 - -\0/usr 755 0 0 - -\0/usr/lib 755 0 0 - -\0";

/// A small, correct record.
fn record() -> Value {
    json!({
        "format": 1,
        "ancestry": [{ "name": "upper", "tier": "universal", "recipe": "recipes/upper.yml" }],
        "reference": "registry.example.org/os/upper:1",
        "facts": { "family": "debian", "id": "debian", "versionId": "12", "codename": "bookworm", "architecture": "amd64" },
        "settings": {}, "osRelease": "ID=debian\n", "units": { "files": {} }, "epoch": 0,
    })
}

fn layer(record: &[u8], table: &[u8]) -> Layer {
    Layer::plain(archive(&[
        Member::Folder("usr"),
        Member::Folder("usr/lib"),
        Member::Folder("usr/lib/terroir"),
        Member::File("usr/lib/terroir/directories", table),
        Member::File("usr/lib/terroir/flavour.json", record),
    ]))
}

/// Lays an image beside the repository: the usual root, a record layer, and more above it.
fn image(workspace: &Workspace, record: &Layer, above: &[Layer]) {
    let _ = std::fs::remove_dir_all(workspace.path("base"));
    let base = Layout::new(&workspace.path("base"));
    let mut layers = vec![Layer::plain(root()), record.clone()];
    layers.extend(above.iter().cloned());
    let label = json!({ "Labels": { "io.terroir.record": record.diff_id } });
    base.tag(base.image(&layers, &label));
}

#[track_caller]
fn refuse(workspace: &Workspace, words: &str) {
    let said = bounded(workspace, &["build", "recipes/it.yml"]);
    said.expect(3, words);
    assert!(said.err.len() < 3000, "{} bytes of message", said.err.len());
}

fn prepared() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("recipes/it.yml", on_base(&workspace, SYSCTL));
    workspace
}

#[test]
fn a_true_record_is_believed() {
    let workspace = prepared();
    image(
        &workspace,
        &layer(record().to_string().as_bytes(), TABLE),
        &[],
    );
    workspace.build("recipes/it.yml");
    let source = format!("oci:{}:it", workspace.text("base"));
    let said = bounded(&workspace, &["inspect", &source]);
    said.expect(0, "");
    assert!(said.out.contains("upper (universal)"), "{}", said.out);
}

/// The true record, changed.
fn with(change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut value = record();
    change(&mut value);
    value.to_string().into_bytes()
}

#[test]
fn records_that_are_none_are_refused() {
    let deep = format!("{{\"format\":1,\"vars\":{}", "[".repeat(1_000_000));
    refuse_all(&[
        (
            Vec::new(),
            "the flavour record is damaged or was tampered with",
        ),
        (b"null".to_vec(), "the flavour record"),
        (b"[]".to_vec(), "the flavour record"),
        (vec![0xff; 1000], "the flavour record"),
        (deep.into_bytes(), "recursion limit"),
    ]);
}

#[test]
fn records_that_say_what_cannot_be_are_refused() {
    let known =
        |path: &str, mode: u32| json!({ path: { "text": "", "mode": mode, "uid": 0, "gid": 0 } });
    let cases = [
        (
            "format",
            json!(4),
            "format 4, this terroir reads up to 3; update",
        ),
        ("format", json!(u64::MAX), "update terroir"),
        ("format", json!("1"), "it states no format"),
        ("format", json!(0), "it states no format"),
        ("unknown", json!(1), "unknown field `unknown`"),
        (
            "settings",
            json!({ "karg:x": [{ "value": { "given": [["1", "x"]] }, "flavour": "x", "tier": "group",
                "origin": { "file": "x", "line": 1, "column": 1 } }] }),
            "karg:x has no list of values",
        ),
        ("ancestry", json!([]), "names no flavour"),
        ("epoch", json!(-1), "the flavour record"),
        (
            "settings",
            json!({ "sysctl:a": [] }),
            "nobody sets sysctl:a",
        ),
        ("settings", json!({ "sysctl:a": 7 }), "the flavour record"),
        ("texts", known("/../x", 0), "climbs"),
        ("texts", known("/x", u32::MAX), "/x has no valid mode"),
    ];
    let cases =
        cases.map(|(key, value, words)| (with(|record| record[key] = value.clone()), words));
    refuse_all(&cases);
}

fn refuse_all(cases: &[(Vec<u8>, &str)]) {
    let workspace = prepared();
    for (bytes, words) in cases {
        image(&workspace, &layer(bytes, TABLE), &[]);
        refuse(&workspace, words);
    }
}

#[test]
fn a_step_cannot_change_the_record_through_a_link() {
    let workspace = Workspace::new();
    workspace.write("recipes/files/.keep", "");
    let link = workspace.inside("recipes/files/way");
    std::os::unix::fs::symlink("/usr/lib/terroir/flavour.json", link).expect("linked");
    let modules = "  - type: files\n    files:\n      - { source: files, destination: /etc }\n  \
                   - type: settings\n    settings:\n      \
                   - config: { path: /etc/way, style: equals, values: { a: 1 } }\n";
    workspace.write("recipes/it.yml", on_base(&workspace, modules));
    image(
        &workspace,
        &layer(record().to_string().as_bytes(), TABLE),
        &[],
    );
    let said = bounded(&workspace, &["build", "recipes/it.yml"]);
    said.expect(2, "belongs to the flavour record");
}

#[test]
fn tables_that_are_none_are_refused() {
    let workspace = prepared();
    let record = record().to_string();
    let long = format!("/etc 777 0 0 >{} -\0", "./".repeat(1 << 20));
    for table in [
        &b"nonsense\0"[..],
        b"/etc 755 0 0 - -",
        b"/b 755 0 0 - -\0/a 755 0 0 - -\0",
        b"/a 755 0 0 - -\0/a 755 0 0 - -\0",
        b"/a/../b 755 0 0 - -\0",
        b"/a 99999 0 0 - -\0",
        b"/a 755 99999999999 0 - -\0",
        b"\0\0\0",
        long.as_bytes(),
    ] {
        image(&workspace, &layer(record.as_bytes(), table), &[]);
        refuse(&workspace, "of the directory table is not valid");
    }
}

#[test]
fn tables_whose_links_go_in_circles_are_refused() {
    let workspace = prepared();
    let record = record().to_string();
    for table in [
        &b"/usr 777 0 0 >usr -\0"[..],
        b"/a 777 0 0 >usr -\0/usr 777 0 0 >a -\0",
        b"/usr 777 0 0 >/usr/lib -\0",
    ] {
        image(&workspace, &layer(record.as_bytes(), table), &[]);
        let said = bounded(&workspace, &["build", "recipes/it.yml"]);
        said.expect(2, "goes through more than 40 symbolic links");
    }
}

#[test]
fn a_label_must_name_a_record() {
    let workspace = prepared();
    // The root itself, a layer of much more than a record, and one that is a bomb.
    let many: Vec<String> = (0..100).map(|number| format!("f{number}")).collect();
    let members: Vec<Member<'_>> = many.iter().map(|name| Member::File(name, b"x")).collect();
    let mut bomb = Vec::new();
    push(
        &mut bomb,
        ("usr/lib/terroir/flavour.json", b'0', ""),
        &vec![b' '; 100 << 20],
    );
    for bytes in [
        root(),
        archive(&members),
        archive(&[Member::Folder("usr")]),
        bomb,
    ] {
        image(&workspace, &Layer::plain(bytes), &[]);
        refuse(&workspace, "named as its flavour record");
    }
    // Neither may the record be a link, which would be followed on whoever reads it.
    let link = archive(&[
        Member::Link("usr/lib/terroir/directories", "/etc/passwd"),
        Member::Link("usr/lib/terroir/flavour.json", "/etc/passwd"),
    ]);
    image(&workspace, &Layer::plain(link), &[]);
    refuse(&workspace, "named as its flavour record, holds none");
}

#[test]
fn a_record_cannot_speak_for_another_one() {
    let workspace = prepared();
    let good = layer(record().to_string().as_bytes(), TABLE);
    let mut lying = record();
    lying["facts"]["codename"] = json!("lies");
    let mut lie = layer(lying.to_string().as_bytes(), TABLE);
    // Read first, it would be remembered under the diff ID of the good one.
    lie.diff_id.clone_from(&good.diff_id);
    image(&workspace, &lie, &[]);
    refuse(&workspace, "diff ID");
    image(&workspace, &good, &[]);
    workspace.build("recipes/it.yml");
    let said = bounded(&workspace, &["inspect", "it"]);
    assert!(said.expect(0, "").out.contains("bookworm"), "{}", said.out);
}

#[test]
fn what_was_laid_over_a_record_counts() {
    let workspace = Workspace::new();
    let modules =
        "  - type: settings\n    settings:\n      - file: { /etc/own/x: { content: x } }\n";
    workspace.write("recipes/it.yml", on_base(&workspace, modules));
    let good = layer(record().to_string().as_bytes(), TABLE);
    // Someone put a link in the place of a directory afterwards.
    let above = Layer::plain(archive(&[
        Member::Folder("elsewhere"),
        Member::File(".wh.etc", b""),
        Member::Link("etc", "elsewhere"),
    ]));
    image(&workspace, &good, &[above]);
    workspace.build("recipes/it.yml");
    let into = workspace.text("root");
    bounded(&workspace, &["unpack", "it", &into]).expect(0, "");
    let etc = std::fs::read_link(workspace.path("root/etc")).expect("the link stays");
    assert_eq!(etc.as_os_str(), "elsewhere");
    assert!(workspace.path("root/elsewhere/own/x").is_file());
}

#[test]
fn what_was_laid_over_a_known_text_counts() {
    let workspace = Workspace::new();
    let config = "  - type: settings\n    settings:\n      - config: { path: /etc/x.conf, style: equals, values: { own: 1 } }\n";
    workspace.write("recipes/it.yml", on_base(&workspace, config));
    let mut with_text = record();
    with_text["texts"] =
        json!({ "/etc/x.conf": { "text": "old = 1\n", "mode": 0o644, "uid": 0, "gid": 0 } });
    let record = layer(with_text.to_string().as_bytes(), TABLE);
    let above = Layer::plain(archive(&[
        Member::Folder("etc"),
        Member::File("etc/os-release", b"ID=debian\nVERSION_ID=13\n"),
        Member::File("etc/x.conf", b"new = 1\n"),
    ]));
    image(&workspace, &record, &[above]);
    let said = bounded(&workspace, &["build", "recipes/it.yml"]);
    said.expect(0, "");
    bounded(&workspace, &["unpack", "it", &workspace.text("root")]).expect(0, "");
    let text = std::fs::read_to_string(workspace.path("root/etc/x.conf")).expect("there");
    assert!(text.contains("new = 1") && !text.contains("old"), "{text}");
}
