//! The directory table: its form, what layers do to it, and the way links lead through it.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

/// The table of layers, the lowest first.
fn table(layers: &[&[Member]]) -> DirectoryTable {
    let mut table = DirectoryTable::default();
    for members in layers {
        let mut layer = table.layer();
        for (entry, _) in *members {
            layer.apply(entry).expect("applies");
        }
    }
    table
}

fn text(table: &DirectoryTable) -> String {
    let bytes = table.to_bytes();
    String::from_utf8(bytes.to_vec())
        .expect("a table is ASCII")
        .replace('\0', "\n")
}

#[test]
fn layers_change_the_table() {
    let base: &[Member] = &[
        directory("etc"),
        directory("etc/ssh"),
        symlink("lib", "usr/lib"),
        directory("usr/lib"),
        file("usr/lib/os-release", ""),
        directory("var/cache/apt"),
        directory("var/cache-old"),
    ];
    let known = "/etc 755 0 0 - -\n/etc/ssh 755 0 0 - -\n/lib 777 0 0 >usr/lib -\n\
                 /usr 755 0 0 - -\n/usr/lib 755 0 0 - -\n/var 755 0 0 - -\n\
                 /var/cache 755 0 0 - -\n/var/cache-old 755 0 0 - -\n\
                 /var/cache/apt 755 0 0 - -\n";
    assert_eq!(text(&table(&[base])), known);
    // What a layer above takes away and adds.
    let cases: [(&[Member], &str); 9] = [
        (&[removal("etc")], "-/etc -/etc/ssh"),
        (&[opaque("var/cache")], "-/var/cache/apt"),
        (
            &[directory("etc/+new"), opaque("etc")],
            "-/etc/ssh +/etc/+new",
        ),
        (&[removal("etc"), directory("etc")], "-/etc/ssh"),
        (
            &[directory("etc/new"), removal("etc")],
            "-/etc/ssh +/etc/new",
        ),
        (&[file("var/cache", "")], "-/var/cache -/var/cache/apt"),
        (&[directory("lib/new")], "+/usr/lib/new"),
        (&[directory("usr/lib/a"), removal("lib/a")], "+/usr/lib/a"),
        (&[hardlink("lib64", "lib")], "+/lib64"),
    ];
    for (layer, wanted) in cases {
        let (before, after) = (paths(known), paths(&text(&table(&[base, layer]))));
        let gone = before.difference(&after).map(|path| format!("-{path}"));
        let new = after.difference(&before).map(|path| format!("+{path}"));
        let found: Vec<_> = gone.chain(new).collect();
        assert_eq!(found.join(" "), wanted);
    }
}

/// The first column of a table.
fn paths(text: &str) -> BTreeSet<String> {
    let path = |line: &str| Some(line.split_once(' ')?.0.to_owned());
    text.lines().filter_map(path).collect()
}

#[test]
fn children_are_directly_below() {
    let table = table(&[&[
        directory("a"),
        directory("a-b"),
        directory("a/b/c"),
        directory("d"),
    ]]);
    let children = |of: &str| -> Vec<String> {
        table
            .children(&path(of))
            .map(|(path, _)| path.to_string())
            .collect()
    };
    assert_eq!(children("a"), ["/a/b"]);
    assert_eq!(children("/"), ["/a", "/a-b", "/d"]);
    assert!(children("d").is_empty());
}

#[test]
fn links_are_followed_as_in_a_chroot() {
    let table = table(&[&[
        symlink("lib", "usr/lib"),
        symlink("up", "../../../etc"),
        symlink("abs", "/usr/./share//doc"),
        directory("usr/lib/systemd"),
        symlink("usr/lib/deep", "../../abs"),
        symlink("loop", "loop"),
        symlink("ping", "pong/x"),
        symlink("pong", "ping"),
        symlink("root", "/"),
    ]]);
    let cases = [
        ("lib/x", "/usr/lib/x", "/lib /usr /usr/lib"),
        ("lib", "/lib", ""),
        ("up/x", "/etc/x", "/etc /up"),
        (
            "abs/x",
            "/usr/share/doc/x",
            "/abs /usr /usr/share /usr/share/doc",
        ),
        (
            "lib/deep/x",
            "/usr/share/doc/x",
            "/abs /lib /usr /usr/lib /usr/lib/deep /usr/share /usr/share/doc",
        ),
        ("no/such/x", "/no/such/x", "/no /no/such"),
        ("root/etc/x", "/etc/x", "/etc /root"),
        ("x", "/x", ""),
    ];
    for (from, to, rows) in cases {
        let found = table.resolve(&path(from)).expect("resolves");
        assert_eq!(found.path.to_string(), to, "{from}");
        let looked: Vec<_> = found.rows.iter().map(ToString::to_string).collect();
        assert_eq!(looked.join(" "), rows, "{from}");
    }
    assert_eq!(
        table.resolve_all(&path("lib")).expect("resolves").path,
        path("usr/lib")
    );
    for endless in ["loop/x", "ping/x"] {
        let error = table.resolve(&path(endless)).expect_err("endless");
        assert!(
            error.to_string().contains("more than 40 symbolic links"),
            "{error}"
        );
    }
    table
        .resolve(&path("loop"))
        .expect("the last one is not followed");
    table.resolve_all(&path("loop")).expect_err("now it is");
}

#[test]
fn only_our_own_form_is_parsed() {
    let cases = [
        ("", None),
        ("/a 755 0 0 - -\n", None),
        (
            "/ 755 0 0 - -\n/a 0 4294967295 0 >%20 user.a=,user.b=%00\n",
            None,
        ),
        (
            "/a 755 0 0 - -",
            Some("line 1 of the directory table is not valid: it is cut off"),
        ),
        ("/a 755 0 0 - -\n/a 755 0 0 - -\n", Some("line 2")),
        (
            "/b 755 0 0 - -\n/a 755 0 0 - -\n",
            Some("its path is not after the one before"),
        ),
        ("a 755 0 0 - -\n", Some("expected path")),
        ("//a 755 0 0 - -\n", Some("expected path")),
        ("/a/../b 755 0 0 - -\n", Some("expected path")),
        ("/%41 755 0 0 - -\n", Some("expected path")),
        ("/%4 755 0 0 - -\n", Some("expected path")),
        ("/%c3 755 0 0 - -\n", Some("expected path")),
        ("/\u{e4} 755 0 0 - -\n", Some("expected path")),
        ("/a 10000 0 0 - -\n", Some("expected path")),
        ("/a 0755 0 0 - -\n", Some("expected path")),
        ("/a 755 4294967296 0 - -\n", Some("expected path")),
        ("/a 755 +1 0 - -\n", Some("expected path")),
        ("/a 755 0 0 x -\n", Some("expected path")),
        ("/a 755 0 0 - user.b=,user.a=\n", Some("expected path")),
        ("/a 755 0 0 - user.a\n", Some("expected path")),
        ("/a 755 0 0 - - -\n", Some("expected path")),
        ("/a 755 0 0 -\n", Some("expected path")),
        ("\n", Some("expected path")),
    ];
    for (text, message) in cases {
        let bytes = text.replace('\n', "\0").into_bytes();
        match (DirectoryTable::parse(&bytes), message) {
            (Ok(table), None) => assert_eq!(*table.to_bytes(), *bytes, "{text}"),
            (Err(error), Some(message)) => {
                assert!(error.to_string().contains(message), "{text}: {error}");
            }
            (other, _) => panic!("{text}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn tables_round_trip(rows in btree_map(
        vec(1u8..=255, 1..30),
        (0u32..0o10000, any::<u32>(), proptest::option::of(vec(1u8..=255, 1..20)), btree_map(vec(1u8..=255, 1..9), vec(any::<u8>(), 0..9), 0..3)),
        0..20,
    )) {
        let mut table = DirectoryTable::default();
        let mut layer = table.layer();
        for (name, (mode, uid, link, xattrs)) in rows {
            let Ok(path) = TreePath::from_bytes(&name) else { continue };
            let kind = link.map_or(EntryKind::Directory, |target| EntryKind::Symlink { target });
            let mut entry = Entry::new(path, kind, mode);
            (entry.uid, entry.xattrs) = (uid, xattrs);
            let _ = layer.apply(&entry);
        }
        let bytes = table.to_bytes();
        prop_assert_eq!(DirectoryTable::parse(&bytes).expect("its own form"), table);
    }

    #[test]
    fn hostile_tables_do_not_panic(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(table) = DirectoryTable::parse(&bytes) {
            prop_assert_eq!(&*table.to_bytes(), &*bytes);
        }
    }
}
