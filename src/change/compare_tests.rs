//! Planted differences, each found where it was planted.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

use std::io::Cursor;

use serde_json::json;

use super::*;
use crate::oci::{Document, Image, MediaType, PlatformImage, config_type, manifest, sorted_json};
use crate::path::TreePath;
use crate::store::{Error as StoreError, Store};
use crate::tree::{Codec, Entry, EntryKind};

/// An entry with its content.
type Planted = (Entry, Vec<u8>);

fn path(path: &str) -> TreePath {
    TreePath::parse(path).expect("a valid path")
}

fn file(at: &str, content: &[u8]) -> Planted {
    let size = content.len() as u64;
    let entry = Entry::new(path(at), EntryKind::File { size }, 0o644);
    (entry, content.to_vec())
}

fn entries() -> Vec<Planted> {
    let large: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    let link = EntryKind::Symlink {
        target: b"motd".to_vec(),
    };
    vec![
        (
            Entry::new(path("/etc"), EntryKind::Directory, 0o755),
            Vec::new(),
        ),
        (
            Entry::removal(&path("/etc/gone")).expect("valid"),
            Vec::new(),
        ),
        (Entry::new(path("/etc/issue"), link, 0o777), Vec::new()),
        file("/etc/motd", b"Welcome.\n"),
        file("/usr/large", &large),
    ]
}

/// An image of one layer with these entries.
fn image(store: &Store, entries: &[Planted], codec: Codec, note: &str) -> Image {
    let packed = store.pack::<StoreError>(codec, |writer| {
        for (entry, content) in entries {
            writer.append(entry, &mut Cursor::new(content))?;
        }
        Ok(())
    });
    let packed = packed.expect("packs");
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": { "Labels": { "note": note } },
        "rootfs": { "type": "layers", "diff_ids": [packed.diff_id] },
        "history": [{ "created_by": "a line without layer", "empty_layer": true },
                    { "created_by": "terroir: files" }],
    });
    let config = store.put_document(config_type(), &sorted_json(&config));
    let manifest = manifest(config.expect("kept"), vec![packed.descriptor()], []);
    let bytes = sorted_json(&manifest);
    let descriptor = store.put_document(MediaType::ImageManifest, &bytes);
    let document = Document {
        descriptor: descriptor.expect("kept"),
        bytes,
    };
    Image {
        root: document.clone(),
        platforms: vec![PlatformImage::new(document, manifest)],
    }
}

fn difference(
    one: (&[Planted], Codec, &str),
    other: (&[Planted], Codec, &str),
) -> Option<Difference> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path()).expect("a store");
    let (one, other) = (
        image(&store, one.0, one.1, one.2),
        image(&store, other.0, other.1, other.2),
    );
    let subject = |name, image| Subject {
        name,
        image,
        source: &store,
    };
    compare(subject("one", &one), subject("the other", &other)).expect("compares")
}

/// A change of the entries.
type Change = fn(&mut Vec<Planted>);

#[test]
fn a_planted_difference_is_named() {
    let cases: [(Change, &str, &str, Option<u64>); 12] = [
        (
            |all| all[3].1[3] = b'!',
            "content",
            "/etc/motd: byte 3 is 0x63 in one, 0x21",
            Some(3),
        ),
        (
            |all| all[4].1[150_000] ^= 1,
            "content",
            "/usr/large: byte 150000 ",
            Some(150_000),
        ),
        (
            |all| *all.last_mut().unwrap() = file("/usr/large", &entries()[4].1[..65_536]),
            "content",
            "/usr/large: byte 65536 is 0x00 in one, the end in the other",
            Some(65_536),
        ),
        (
            |all| all[3].0.mode = 0o600,
            "mode",
            "/etc/motd: mode 0644 in one, mode 0600",
            None,
        ),
        (
            |all| all[3].0.uid = 7,
            "owner",
            "/etc/motd: owner 0:0 in one, owner 7:0",
            None,
        ),
        (
            |all| all[0].0.mtime = 9,
            "mtime",
            "/etc: mtime 0 in one, mtime 9",
            None,
        ),
        (
            |all| drop(all[3].0.xattrs.insert(b"user.a".to_vec(), b"b".to_vec())),
            "xattr",
            "/etc/motd: the attribute user.a differs",
            None,
        ),
        (
            |all| {
                all[2].0.kind = EntryKind::Symlink {
                    target: b"x".to_vec(),
                }
            },
            "link",
            "/etc/issue: -> motd in one, -> x in the other",
            None,
        ),
        (
            |all| {
                all[2].0.kind = EntryKind::Directory;
            },
            "kind",
            "/etc/issue: a symbolic link in one, a directory in the other",
            None,
        ),
        (
            |all| drop(all.remove(1)),
            "missing",
            "/etc/gone: its removal is only in one",
            None,
        ),
        (
            |all| drop(all.pop()),
            "missing",
            "/usr/large: it is only in one",
            None,
        ),
        (
            |all| all.push(file("/usr/more", b"")),
            "missing",
            "/usr/more: it is only in the other",
            None,
        ),
    ];
    for (change, field, words, offset) in cases {
        let mut changed = entries();
        change(&mut changed);
        let codec = Codec::Zstd;
        let found = difference((&entries(), codec, ""), (&changed, codec, "")).expect(words);
        assert_eq!((found.field, found.offset), (field, offset), "{found}");
        let whole = found.to_string();
        let place = "linux/amd64: layer 1 (terroir: files): ";
        assert!(whole.starts_with(&format!("{place}{words}")), "{whole}");
    }
}

#[test]
fn the_same_is_identical() {
    let all = entries();
    let codec = Codec::Zstd;
    assert_eq!(difference((&all, codec, ""), (&all, codec, "")), None);
}

#[test]
fn beside_the_entries_compression_and_documents_are_compared() {
    let all = entries();
    let found = difference((&all, Codec::Zstd, ""), (&all, Codec::Gzip, "")).expect("differs");
    assert_eq!(found.field, "compression", "{found}");
    let found = difference((&all, Codec::Zstd, "a"), (&all, Codec::Zstd, "b")).expect("differs");
    assert_eq!(
        found.to_string(),
        "linux/amd64: the config has at /config/Labels/note \"a\" in one, \"b\" in the other"
    );
}
