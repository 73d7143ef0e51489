//! Tags, layouts and archives.

use super::*;

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
fn newer_stores_and_other_folders_are_refused() {
    let (folder, store) = store();
    std::fs::remove_dir(store.path().join("tmp")).expect("empty");
    let again = Store::open(store.path()).expect("opens again");
    image(&again, "content");
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
    assert_eq!(store.tags().expect("a damaged index names nothing"), vec![]);
    let pruned = store.prune(std::time::SystemTime::UNIX_EPOCH);
    assert!(matches!(pruned, Err(Error::Index { .. })));
    let (image, _) = image(&store, "again");
    store
        .tag("again", &image.root.descriptor)
        .expect("a new index");
    assert_eq!(store.tags().expect("reads").len(), 1);
    assert!(store.path().join("damaged/index.json").is_file());
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
