//! Single files out of stacked layers.

use std::sync::Arc;

use super::*;

#[test]
fn the_topmost_layer_decides() {
    let mut memory = Memory::default();
    let layers = vec![
        memory.layer(&[
            file("etc/a", "low a"),
            file("etc/b", "low b"),
            file("etc/d/c", "low c"),
            file("opt/d", "low d"),
            file("usr/e", "low e"),
            file("x-files/f", "low f"),
        ]),
        memory.layer(&[
            file("etc/a", "high a"),
            removal("etc/d"),
            opaque("opt"),
            file("usr", "a file now"),
            removal("x"),
            symlink("etc/link", "a"),
            directory("srv"),
        ]),
    ];
    let view = View::new(layers, Arc::new(memory));
    let cases = [
        ("etc/a", Some("high a")),
        ("etc/b", Some("low b")),
        ("etc/d/c", None),
        ("opt/d", None),
        ("usr/e", None),
        ("usr", Some("a file now")),
        ("x-files/f", Some("low f")),
        ("etc/link", Some("")),
        ("srv", Some("")),
        ("no/such", None),
    ];
    let wanted: Vec<_> = cases.iter().map(|(name, _)| path(name)).collect();
    let files = view.read(&wanted, 100).expect("reads");
    for (name, content) in cases {
        let found = files.get(&path(name)).map(|file| file.bytes.as_slice());
        assert_eq!(found, content.map(str::as_bytes), "{name}");
    }
    assert_eq!(files[&path("etc/link")].entry, symlink("etc/link", "a").0);
}

#[test]
fn hard_links_are_followed_downwards() {
    let mut memory = Memory::default();
    let layers = vec![
        memory.layer(&[file("low", "text"), file("other", "old")]),
        memory.layer(&[
            hardlink("b", "low"),
            hardlink("c", "other"),
            file("other", "new"),
            hardlink("d", "c"),
            hardlink("dangling", "gone"),
            hardlink("loop", "loop"),
        ]),
    ];
    let view = View::new(layers, Arc::new(memory));
    let files = view
        .read(&["b", "c", "d", "dangling"].map(path), 100)
        .expect("reads");
    let found = |name: &str| files.get(&path(name)).map(|file| file.bytes.as_slice());
    assert_eq!(found("b"), Some(&b"text"[..]));
    assert_eq!(found("c"), Some(&b"new"[..]));
    assert_eq!(found("d"), Some(&b"new"[..]));
    assert_eq!(found("dangling"), None);
    assert_eq!(files[&path("d")].entry, file("d", "new").0);
    view.read(&[path("loop")], 100)
        .expect_err("a link to itself");
}

#[test]
fn only_needed_layers_are_read() {
    let mut memory = Memory::default();
    let top = memory.layer(&[file("a", "a"), removal("b")]);
    let missing = Memory::default().layer(&[file("x", "x")]);
    let view = View::new(vec![missing, top], Arc::new(memory));
    assert_eq!(
        view.read(&["a", "b"].map(path), 9)
            .expect("the top is enough")
            .len(),
        1
    );
    view.read(&[path("x")], 9)
        .expect_err("the missing layer is asked for");
    assert!(view.read(&[], 9).expect("nothing to do").is_empty());
}

#[test]
fn large_files_are_refused() {
    let mut memory = Memory::default();
    let layer = memory.layer(&[file("a", "12345")]);
    let view = View::new(vec![layer], Arc::new(memory));
    let error = view.read(&[path("a")], 4).expect_err("too large");
    assert_eq!(error.to_string(), "/a has 5 bytes, at most 4 are read here");
}
