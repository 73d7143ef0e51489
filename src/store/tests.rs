//! Tests of the store: what is kept is whole, what is damaged goes, what is used stays.

use std::io::{self, Read as _};
use std::time::{Duration, SystemTime};

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
    let platforms = vec![PlatformImage { document, manifest }];
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
        (b"conten", "it has not the stated 7 bytes"),
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
        std::fs::write(store.step_file(&key), damage).expect("damaged");
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

#[test]
fn tags_name_images() {
    let (_folder, store) = store();
    let (one, _) = image(&store, "one");
    let (two, _) = image(&store, "two");
    store
        .tag("os/b:latest", &one.root.descriptor)
        .expect("tagged");
    store
        .tag("os/a:latest", &two.root.descriptor)
        .expect("tagged");
    store
        .tag("os/b:latest", &two.root.descriptor)
        .expect("moved");
    let names = |store: &Store| -> Vec<String> {
        let tags = store.tags().expect("reads").into_iter();
        tags.map(|(name, image)| format!("{name}={}", image.digest()))
            .collect()
    };
    let two = two.root.descriptor.digest().clone();
    assert_eq!(
        names(&store),
        [format!("os/a:latest={two}"), format!("os/b:latest={two}")]
    );
    assert!(store.untag("os/b:latest").expect("reads"));
    assert!(!store.untag("os/b:latest").expect("reads"));
    assert_eq!(names(&store), [format!("os/a:latest={two}")]);
    for wrong in ["", "a b", "a\n"] {
        let tagged = store.tag(wrong, &one.root.descriptor);
        assert!(matches!(tagged, Err(Error::TagName(_))), "{wrong:?}");
    }
    let layout = Layout::open(store.path()).expect("a store is a layout");
    assert_eq!(layout.tags().len(), 1);
    let error = layout
        .root(Some("no"))
        .expect_err("no such tag")
        .to_string();
    assert!(
        error.ends_with("has no single image \"no\"; it has os/a:latest"),
        "{error}"
    );
}

#[test]
fn two_at_once_lose_no_tag() {
    let (_folder, store) = store();
    let (image, _) = image(&store, "content");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, root) = (&store, &image.root.descriptor);
            scope.spawn(move || {
                for number in 0..5 {
                    store
                        .tag(&format!("t{thread}-{number}"), root)
                        .expect("tagged");
                }
            });
        }
    });
    assert_eq!(store.tags().expect("reads").len(), 20);
    assert_eq!(count(&store, "tmp"), 0);
}

#[test]
fn builds_share_and_prune_is_alone() {
    let (_folder, store) = store();
    let build = store.shared().expect("the first");
    let other = store.shared().expect("the second");
    let error = store.prune(SystemTime::UNIX_EPOCH).expect_err("builds run");
    assert!(matches!(error, Error::Busy(_)), "{error}");
    drop((build, other));
    let alone = store.exclusive().expect("nobody builds");
    assert!(matches!(store.exclusive(), Err(Error::Busy(_))));
    drop(alone);
    store.shared().expect("nobody prunes");
}

#[test]
fn prune_keeps_what_is_reached_or_used() {
    let (_folder, store) = store();
    let (kept, kept_layer) = image(&store, "kept");
    let (lost, lost_layer) = image(&store, "lost");
    let used_layer = layer(&store, "used");
    store.tag("kept", &kept.root.descriptor).expect("tagged");
    let age = |path: &std::path::Path| {
        let file = std::fs::File::open(path).expect("there");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1))
            .expect("mine");
    };
    let steps = [
        ("kept", &kept_layer),
        ("lost", &lost_layer),
        ("used", &used_layer),
    ];
    for (name, packed) in steps {
        let key = Digest::of(name.as_bytes());
        store.put_step(&key, packed).expect("kept");
        store.put_note("tables", &key, b"table").expect("kept");
        age(&store.step_file(&key));
        age(&store.path().join("tables/sha256").join(key.hex()));
    }
    let key = |name: &str| Digest::of(name.as_bytes());
    assert!(store.step(&key("used")).expect("looks").is_some());
    assert!(store.note("tables", &key("used")).expect("looks").is_some());
    std::fs::write(store.path().join("tmp/stale"), "half a blob").expect("written");
    std::fs::write(store.path().join("damaged/bad"), "bad").expect("written");

    let report = store
        .prune(SystemTime::UNIX_EPOCH + Duration::from_secs(2))
        .expect("prunes");
    let bytes = report.bytes;
    let expected = Report {
        blobs: 4,
        steps: 1,
        notes: 2,
        leftovers: 2,
        bytes,
    };
    assert_eq!(report, expected);
    assert!(bytes > 14 + lost_layer.size);
    for blob in kept
        .blobs()
        .iter()
        .chain([&kept.root.descriptor, &used_layer.descriptor()])
    {
        assert!(store.has(blob).expect("looks"), "{blob:?}");
    }
    assert!(!store.has(&lost.root.descriptor).expect("looks"));
    assert!(store.step(&key("kept")).expect("looks").is_some());
    assert!(store.step(&key("lost")).expect("looks").is_none());
    assert!(store.step(&key("used")).expect("looks").is_some());
    let again = store.prune(SystemTime::UNIX_EPOCH).expect("prunes");
    assert_eq!(again, Report::default());
}

#[test]
fn a_tag_whose_parent_is_elsewhere_survives_a_prune() {
    let (_folder, store) = store();
    let (image, layer) = image(&store, "content");
    store.tag("here", &image.root.descriptor).expect("tagged");
    std::fs::remove_file(store.blob(&layer.digest)).expect("never pulled");
    assert_eq!(
        store.prune(SystemTime::UNIX_EPOCH).expect("prunes"),
        Report::default()
    );
}

#[test]
fn newer_stores_and_no_layouts_are_refused() {
    let (folder, store) = store();
    Store::open(store.path()).expect("opens again");
    std::fs::write(store.path().join("format"), "2\n").expect("written");
    let error = Store::open(store.path()).expect_err("newer").to_string();
    assert!(
        error.ends_with("has format \"2\", this terroir knows format \"1\""),
        "{error}"
    );
    assert!(matches!(
        Layout::open(folder.path()),
        Err(Error::NoLayout { .. })
    ));
    let file = folder.path().join("file");
    for bytes in [&b"text"[..], &[0x1f; 2000], &[0; 1024]] {
        std::fs::write(&file, bytes).expect("written");
        assert!(matches!(read_archive(&file), Err(Error::NoLayout { .. })));
    }
    std::fs::write(store.path().join("index.json"), "{").expect("written");
    assert!(matches!(store.tags(), Err(Error::Index { .. })));
}

#[test]
fn exports_are_read_back() {
    let (folder, store) = store();
    let (one, _) = image(&store, "one");
    let (two, _) = image(&store, "two");
    let directory = folder.path().join("layout");
    export_layout(&one, &store, &directory, "one").expect("exports");
    export_layout(&two, &store, &directory, "two").expect("exports beside");
    let layout = Layout::open(&directory).expect("opens");
    assert_eq!(layout.tags().len(), 2);
    let file = folder.path().join("archive.tar");
    export_archive(&two, &store, &file, "two").expect("exports");
    let archive = read_archive(&file).expect("reads");
    let root = archive.root(None).expect("the only one");
    assert_eq!(
        root.digest(),
        layout.root(Some("two")).expect("tagged").digest()
    );
    let found = Image::load(&archive, &root).expect("loads");
    for blob in found.blobs() {
        assert_eq!(
            archive.read(&blob, 1 << 20).expect("in the archive"),
            store.read(&blob, 1 << 20).expect("in the store"),
        );
    }
    assert!(matches!(
        archive.open(&describe(b"no")).err(),
        Some(BlobError::Missing { .. })
    ));

    let blob = found.blobs()[0].clone();
    let hex = blob.digest().digest().to_owned();
    std::fs::write(directory.join("blobs/sha256").join(&hex), "xxx").expect("damaged");
    layout.read(&blob, 1 << 20).expect_err("damaged");
    assert!(
        directory.join("blobs/sha256").join(&hex).exists(),
        "it is not ours to move"
    );
    std::fs::remove_file(store.path().join("blobs/sha256").join(&hex)).expect("there");
    export_archive(&two, &store, &file, "two").expect_err("a blob is missing");
    read_archive(&file).expect("the old archive is still there");
}
