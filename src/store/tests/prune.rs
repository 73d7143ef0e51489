//! Locks, and what a prune leaves.

use std::time::{Duration, SystemTime};

use super::*;

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
        age(&store.path().join(Store::step_file(&key)));
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
