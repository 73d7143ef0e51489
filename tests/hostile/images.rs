//! Images whose documents and layers lie or are bombs.

use std::io::Write as _;

use serde_json::{Value, json};
use terroir::oci::Digest;

use crate::layout::{CONFIG, LAYER, Layer, Layout, MANIFEST, Member, archive, push, root};
use crate::trial::Workspace;
use crate::{bounded, on_base};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn prepared() -> (Workspace, Layout) {
    let workspace = Workspace::new();
    workspace.write("recipes/it.yml", on_base(&workspace, ""));
    let base = Layout::new(&workspace.path("base"));
    (workspace, base)
}

/// Builds on the base and unpacks it, both of which fail with some words; 2 is for the recipe that
/// names a wrong parent, 3 for the parent itself.
#[track_caller]
fn refuse(workspace: &Workspace, words: &str) {
    refuse_build(workspace, words);
    let source = format!("oci:{}:it", workspace.text("base"));
    let _ = std::fs::remove_dir_all(workspace.path("root"));
    let said = bounded(workspace, &["unpack", &source, &workspace.text("root")]);
    said.expect(3, words);
}

#[track_caller]
fn refuse_build(workspace: &Workspace, words: &str) {
    let said = bounded(workspace, &["build", "recipes/it.yml"]);
    said.expect(3, words);
    assert!(said.err.len() < 4000, "{} bytes of message", said.err.len());
}

fn manifest(layout: &Layout, config: &Value, layers: &[Value]) -> Value {
    let value =
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
    layout.document(MANIFEST, &value)
}

fn config(layout: &Layout, ids: &[String], history: &Value) -> Value {
    let value = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": { "type": "layers", "diff_ids": ids }, "history": history,
    });
    layout.document(CONFIG, &value)
}

/// A descriptor that says something else.
fn changed(descriptor: &Value, key: &str, value: Value) -> Value {
    let mut descriptor = descriptor.clone();
    descriptor[key] = value;
    descriptor
}

#[test]
fn sizes_and_digests_that_lie_are_found_out() {
    let (workspace, base) = prepared();
    let bytes = root();
    let id = Digest::of(&bytes).to_string();
    let layer = base.blob(LAYER, &bytes);
    let config = config(&base, std::slice::from_ref(&id), &json!([]));
    let other = Digest::of(b"other").to_string();
    let size = bytes.len();
    for (size, words) in [
        (size - 1, "digest"),
        (size + 1, "ends after"),
        (1_usize << 60, "ends after"),
    ] {
        let layer = changed(&layer, "size", json!(size));
        base.tag(manifest(&base, &config, &[layer]));
        refuse(&workspace, words);
    }
    for (digest, words) in [
        (json!(other), "is not in"),
        (json!("sha256:short"), "manifest"),
        (json!("md5:d41d8cd98f00b204e9800998ecf8427e"), "md5"),
        (json!("sha256:../../../../etc/passwd"), "manifest"),
        (json!(7), "manifest"),
    ] {
        let layer = changed(&layer, "digest", digest);
        base.tag(manifest(&base, &config, &[layer]));
        refuse(&workspace, words);
    }
}

#[test]
fn descriptors_of_documents_that_lie_are_found_out() {
    let (workspace, base) = prepared();
    let bytes = root();
    let id = Digest::of(&bytes).to_string();
    let layer = base.blob(LAYER, &bytes);
    let config = config(&base, std::slice::from_ref(&id), &json!([]));
    let other = Digest::of(b"other").to_string();
    for (key, value, words) in [
        ("size", json!(3), ""),
        ("size", json!(u64::MAX), "claims"),
        ("size", json!(-1), "manifest"),
        ("digest", json!(other), "is not in"),
    ] {
        base.tag(manifest(
            &base,
            &changed(&config, key, value),
            std::slice::from_ref(&layer),
        ));
        refuse_build(&workspace, words);
    }
    let whole = manifest(&base, &config, std::slice::from_ref(&layer));
    for (key, value, words) in [
        ("size", json!(3), ""),
        ("size", json!(1_u64 << 40), "claims"),
        ("digest", json!(other), "is not in"),
        ("mediaType", json!("application/x-unknown"), ""),
    ] {
        base.tag(changed(&whole, key, value));
        let said = bounded(&workspace, &["build", "recipes/it.yml"]);
        // A manifest under another name is a manifest all the same.
        if key != "mediaType" {
            said.expect(3, words);
        }
    }
    // The digest is right, but of another layer than the config says.
    let lying = self::config(&base, std::slice::from_ref(&other), &json!([]));
    base.tag(manifest(&base, &lying, &[layer]));
    refuse_build(&workspace, "diff ID");
}

#[test]
fn documents_that_are_bombs_are_refused() {
    let (workspace, base) = prepared();
    let layer = base.blob(LAYER, &root());
    let id = Digest::of(&root()).to_string();
    let million = vec![id.clone(); 1_000_000];
    let lines = json!(vec![json!({ "empty_layer": true }); 1_000_000]);
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let good = config(&base, std::slice::from_ref(&id), &json!([]));

    let many = config(&base, &million, &json!([]));
    base.tag(manifest(&base, &many, std::slice::from_ref(&layer)));
    refuse_build(&workspace, "at most 4194304 are read");
    let some = config(&base, &million[..50_000], &json!([]));
    base.tag(manifest(&base, &some, std::slice::from_ref(&layer)));
    refuse_build(&workspace, "1 layers and 50000 diff IDs");
    let history = config(&base, std::slice::from_ref(&id), &lines);
    base.tag(manifest(&base, &history, std::slice::from_ref(&layer)));
    refuse_build(&workspace, "at most 4194304 are read");
    base.tag(manifest(&base, &good, &vec![layer.clone(); 20_000]));
    refuse(&workspace, "at most 4096");
    base.tag(manifest(&base, &good, &vec![layer.clone(); 1_000_000]));
    refuse(&workspace, "at most 4194304 are read");

    let deep = base.blob(CONFIG, nested(1_000_000).as_bytes());
    base.tag(manifest(&base, &deep, std::slice::from_ref(&layer)));
    refuse_build(&workspace, "recursion limit");
    base.tag(base.blob(MANIFEST, format!("{{\"a\":{}", nested(100_000)).as_bytes()));
    refuse(&workspace, "manifest");
    for text in [
        nested(1_000_000),
        "{}".into(),
        String::new(),
        "\u{0}".repeat(100),
        "[1".into(),
    ] {
        base.index(&text);
        refuse(&workspace, "index");
    }
}

#[test]
fn index_bombs_are_refused() {
    let (workspace, base) = prepared();
    let whole = base.image(&[Layer::plain(root())], &json!({}));
    let index = |entries: Vec<Value>| {
        base.document(
            INDEX,
            &json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }),
        )
    };
    // Each index names the one below a hundred times, with and without a platform.
    let mut bomb = whole.clone();
    for _ in 0..6 {
        bomb["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        bomb = index(vec![bomb; 50]);
    }
    base.tag(bomb.clone());
    let said = bounded(&workspace, &["build", "recipes/it.yml"]);
    said.expect(2, "has no image for linux/")
        .expect(2, "none that states its platform");
    bomb["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    let outer = index(vec![bomb]);
    base.tag(outer);
    refuse(&workspace, "");
    let many = index(vec![whole.clone(); 1000]);
    base.tag(many);
    refuse(&workspace, "at most 64");
    let mut others = whole;
    others["platform"] = json!({ "os": "plan9", "architecture": "sparc" });
    let foreign = index(vec![others]);
    base.tag(foreign);
    let said = bounded(&workspace, &["build", "recipes/it.yml"]);
    said.expect(2, "has no image for linux/")
        .expect(2, "plan9/sparc");
}

fn gzip(bytes: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    bytes.for_each(|chunk| out.write_all(&chunk).expect("memory takes everything"));
    out.finish().expect("memory takes everything")
}

/// A layer that is compressed; the diff ID is nobody's.
fn squeezed(bytes: impl Iterator<Item = Vec<u8>>) -> Layer {
    Layer {
        kind: "application/vnd.oci.image.layer.v1.tar+gzip",
        bytes: gzip(bytes),
        diff_id: Digest::of(b"nobody").to_string(),
    }
}

#[test]
fn decompression_bombs_need_no_memory() {
    let (workspace, base) = prepared();
    let zeros = || std::iter::repeat_n(vec![0; 1 << 20], 1000);
    // A gigabyte of zeros as the end of an archive, and as the content of a file.
    let mut head = archive(&[Member::Folder("etc")]);
    base.tag(base.image(
        &[squeezed(std::iter::once(head.clone()).chain(zeros()))],
        &json!({}),
    ));
    refuse_build(&workspace, "");
    head.truncate(512);
    push(&mut head, ("etc/os-release", b'0', ""), b"");
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.as_old_mut().name[..14].copy_from_slice(b"etc/os-release");
    header.set_size(1000 << 20);
    header.set_mode(0o644);
    header.set_cksum();
    let file = vec![header.as_bytes().to_vec()];
    base.tag(base.image(&[squeezed(file.into_iter().chain(zeros()))], &json!({})));
    refuse_build(&workspace, "diff ID");
}

#[test]
fn archives_of_endless_names_are_refused() {
    let (workspace, base) = prepared();
    // Small entries: directories two thousand deep, units without end, whiteouts of AUFS.
    let deep = |number: usize| {
        let name = format!("{number}/{}", "d/".repeat(1900));
        let mut out = Vec::new();
        push(&mut out, ("././@LongLink", b'L', ""), name.as_bytes());
        push(&mut out, ("x", b'5', ""), b"");
        out
    };
    base.tag(base.image(&[squeezed((0..5000).map(deep))], &json!({})));
    refuse_build(&workspace, "bytes of directories and links");
    let unit = |number: usize| {
        let name = format!("usr/lib/systemd/system/a.service.d/{number}.conf");
        let mut text = b"[Install]\nAlias=".to_vec();
        text.resize(200_000, b'a');
        let mut out = Vec::new();
        push(&mut out, (&name, b'0', ""), &text);
        out
    };
    base.tag(base.image(&[squeezed((0..1000).map(unit))], &json!({})));
    refuse_build(&workspace, "bytes of systemd units");
    let aufs = |_| {
        let mut out = Vec::new();
        push(&mut out, (".wh..wh.plnk", b'0', ""), b"");
        out
    };
    base.tag(base.image(&[squeezed((0..300_000).map(aufs))], &json!({})));
    refuse_build(&workspace, "diff ID");
    let link = |number: usize| {
        let mut out = Vec::new();
        push(&mut out, ("././@LongLink", b'K', ""), &[b'a'; 1 << 20]);
        push(&mut out, (&number.to_string(), b'2', "x"), b"");
        out
    };
    base.tag(base.image(&[squeezed((0..100).map(link))], &json!({})));
    refuse_build(&workspace, "a link whose target is not a path");
}
