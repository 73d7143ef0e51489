//! Tests of the store: what is kept is whole, what is damaged goes, what is used stays.

mod images;
mod prune;

use std::io::{self, Read as _};

use super::*;
use crate::oci::{
    BlobError, BlobSink as _, BlobSource as _, Descriptor, Digest, Document, Image, MediaType,
    PlatformImage, config_type, descriptor, index, manifest, sorted_json,
};
use crate::path::TreePath;
use crate::tree::{Codec, Entry, EntryKind, Packed};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let store = Store::open(&folder.path().join("store")).expect("opens");
    (folder, store)
}

fn describe(bytes: &[u8]) -> Descriptor {
    descriptor(
        MediaType::ImageLayer,
        &Digest::of(bytes),
        bytes.len() as u64,
    )
}

fn layer(store: &Store, content: &str) -> Packed {
    let packed = store.pack::<Error>(Codec::Zstd, |writer| {
        let path = TreePath::parse("file").expect("a valid path");
        let size = content.len() as u64;
        let entry = Entry::new(path, EntryKind::File { size }, 0o644);
        Ok(writer.append(&entry, &mut content.as_bytes())?)
    });
    packed.expect("packs")
}

/// An image of one layer under an index, kept in the store.
fn image(store: &Store, content: &str) -> (Image, Packed) {
    let layer = layer(store, content);
    let config = store
        .put_document(config_type(), content.as_bytes())
        .expect("kept");
    let manifest = manifest(config, vec![layer.descriptor()], []);
    let bytes = sorted_json(&manifest);
    let descriptor = store
        .put_document(MediaType::ImageManifest, &bytes)
        .expect("kept");
    let document = Document { descriptor, bytes };
    let bytes = sorted_json(&index(vec![document.descriptor.clone()], []));
    let descriptor = store
        .put_document(MediaType::ImageIndex, &bytes)
        .expect("kept");
    let root = Document { descriptor, bytes };
    let platforms = vec![PlatformImage::new(document, manifest)];
    (Image { root, platforms }, layer)
}

fn count(store: &Store, folder: &str) -> usize {
    std::fs::read_dir(store.path().join(folder))
        .expect("a folder")
        .count()
}

#[test]
fn blobs_are_kept_whole_or_not_at_all() {
    let (_folder, store) = store();
    let blob = describe(b"content");
    assert!(!store.has(&blob).expect("looks"));
    assert!(matches!(
        store.open(&blob).err(),
        Some(BlobError::Missing { .. })
    ));
    let wrong: [(&[u8], &str); 3] = [
        (b"CONTENT", "its digest is sha256:"),
        (b"conten", "it does not have the stated 7 bytes"),
        (b"content and more", "it has more than the stated 7 bytes"),
    ];
    for (mut bytes, message) in wrong {
        let error = store
            .put(&blob, &mut bytes)
            .expect_err("damaged")
            .to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(
            (count(&store, "tmp"), count(&store, "blobs/sha256")),
            (0, 0)
        );
    }
    let mut broken = io::Cursor::new(b"cont").chain(Broken);
    store.put(&blob, &mut broken).expect_err("the reader fails");
    assert_eq!(
        (count(&store, "tmp"), count(&store, "blobs/sha256")),
        (0, 0)
    );
    store.put(&blob, &mut &b"content"[..]).expect("taken");
    store.put(&blob, &mut Broken).expect("known, so not read");
    assert!(store.has(&blob).expect("looks"));
    assert_eq!(store.read(&blob, 7).expect("reads"), b"content");
    store.read(&blob, 6).expect_err("larger than wanted");
}

struct Broken;

impl io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the line is cut"))
    }
}

#[test]
fn a_failed_write_names_what_and_where() {
    let (_folder, store) = store();
    let tmp = store.path().join("tmp");
    std::fs::remove_dir(&tmp).expect("empty");
    let error = store
        .put(&describe(b"x"), &mut &b"x"[..])
        .expect_err("no place");
    let shown = error.to_string();
    assert!(
        shown.contains("writing blob sha256:") && shown.contains("/store/tmp"),
        "{shown}"
    );
}

#[test]
fn damaged_blobs_are_moved_aside() {
    let (_folder, store) = store();
    let blobs = [b"first", b"other"].map(|bytes| {
        let blob = describe(bytes);
        store.put(&blob, &mut &bytes[..]).expect("taken");
        blob
    });
    let file = |blob: &Descriptor| store.blob(&blob.digest().to_string().parse().expect("sha256"));
    std::fs::write(file(&blobs[0]), "fIrst").expect("damaged");
    let mut bytes = Vec::new();
    let mut reader = store.open(&blobs[0]).expect("opens");
    let error = reader.read_to_end(&mut bytes).expect_err("damaged");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(
        error
            .to_string()
            .contains("is damaged: its digest is sha256:"),
        "{error}"
    );
    assert!(
        bytes.is_empty(),
        "the last bytes come only when all are right"
    );
    reader
        .read_to_end(&mut bytes)
        .expect_err("it stays damaged");
    assert!(!store.has(&blobs[0]).expect("looks"));
    assert_eq!(count(&store, "damaged"), 1);
    store
        .put(&blobs[0], &mut &b"first"[..])
        .expect("taken again");
    assert_eq!(store.read(&blobs[0], 9).expect("reads"), b"first");

    std::fs::write(file(&blobs[1]), "oth").expect("damaged");
    assert!(
        !store.has(&blobs[1]).expect("looks"),
        "the size tells already"
    );
    let found = store.check().expect("checks");
    assert_eq!(found, [Digest::of(b"other")]);
    assert!(store.check().expect("checks").is_empty());
}

#[test]
fn steps_need_their_blob() {
    let (_folder, store) = store();
    let key = Digest::of(b"key");
    assert_eq!(store.step(&key).expect("looks"), None);
    let packed = layer(&store, "content");
    store.put_step(&key, &packed).expect("kept");
    assert_eq!(store.step(&key).expect("looks"), Some(packed.clone()));
    assert_eq!(layer(&store, "content"), packed, "the same bytes again");
    for damage in ["", "{", "{\"diffId\":1}"] {
        std::fs::write(store.path().join(Store::step_file(&key)), damage).expect("damaged");
        assert_eq!(store.step(&key).expect("looks"), None, "{damage}");
    }
    store.put_step(&key, &packed).expect("kept");
    std::fs::write(store.blob(&packed.digest), "short").expect("damaged");
    assert_eq!(store.step(&key).expect("looks"), None);
    assert_eq!(
        layer(&store, "content"),
        packed,
        "packed over the damaged one"
    );
    assert!(store.step(&key).expect("looks").is_some());
}

#[test]
fn notes_are_kept_by_kind() {
    let (_folder, store) = store();
    let key = Digest::of(b"key");
    assert_eq!(store.note("tables", &key).expect("looks"), None);
    store.put_note("tables", &key, b"one").expect("kept");
    store.put_note("tables", &key, b"two").expect("kept");
    assert_eq!(
        store.note("tables", &key).expect("looks").as_deref(),
        Some(&b"two"[..])
    );
    assert_eq!(store.note("records", &key).expect("looks"), None);
    for kind in ["", "blobs", "steps", "roots", "../x", "A"] {
        assert!(
            matches!(store.put_note(kind, &key, b""), Err(Error::Kind(_))),
            "{kind}"
        );
    }
}

#[test]
fn a_failed_layer_leaves_nothing() {
    let (_folder, store) = store();
    let failed = store.pack::<Error>(Codec::Gzip, |_| Err(Error::TagName("x".into())));
    assert!(matches!(failed, Err(Error::TagName(_))));
    assert_eq!(
        (count(&store, "tmp"), count(&store, "blobs/sha256")),
        (0, 0)
    );
}
