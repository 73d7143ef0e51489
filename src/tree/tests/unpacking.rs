//! Layers on disk, friendly and hostile.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::*;

/// Unpacks layers as whoever runs the test and lists what came of it.
fn unpacked(layers: &[&[Member]]) -> (tempfile::TempDir, Result<Unpacked, Error>) {
    let outer = tempfile::tempdir().expect("a temporary directory");
    std::fs::create_dir(outer.path().join("outside")).expect("made");
    std::fs::write(outer.path().join("outside/secret"), "secret").expect("written");
    let mut memory = Memory::default();
    let layers: Vec<_> = layers.iter().map(|members| memory.layer(members)).collect();
    let root = outer.path().join("root");
    let limits = Limits::default();
    let result = unpack(&layers, &memory, &root, Ownership::Mine, &limits);
    (outer, result)
}

/// Every path below a directory with a mark of its kind and its content.
fn listing(root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(next) = open.pop() {
        for found in std::fs::read_dir(&next).expect("a directory") {
            let found = found.expect("an entry").path();
            let name = found
                .strip_prefix(root)
                .expect("below")
                .display()
                .to_string();
            if found.is_symlink() {
                let target = std::fs::read_link(&found).expect("a link");
                lines.push(format!("{name} > {}", target.display()));
            } else if found.is_dir() {
                lines.push(format!("{name}/"));
                open.push(found);
            } else {
                lines.push(format!(
                    "{name}={}",
                    std::fs::read_to_string(&found).expect("text")
                ));
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn layers_stack() {
    let base: &[Member] = &[
        directory("d"),
        file("d/a", "a"),
        file("d/b", "b"),
        directory("d/sub"),
        file("d/sub/c", "c"),
        symlink("lib", "usr/lib"),
        directory("usr/lib"),
        file("usr/lib/x", "x"),
    ];
    let kept = ["lib > usr/lib", "usr/", "usr/lib/", "usr/lib/x=x"];
    let cases: [(&str, &[Member], &[&str]); 8] = [
        ("whiteout", &[removal("d")], &[]),
        (
            "whiteout of a file",
            &[removal("d/a")],
            &["d/", "d/b=b", "d/sub/", "d/sub/c=c"],
        ),
        (
            "opaque",
            &[file("d/+n", "n"), opaque("d")],
            &["d/", "d/+n=n"],
        ),
        (
            "own stays",
            &[file("d/sub/n", "n"), removal("d")],
            &["d/", "d/sub/", "d/sub/n=n"],
        ),
        ("file over directory", &[file("d", "f")], &["d=f"]),
        ("link over directory", &[symlink("d", "usr")], &["d > usr"]),
        (
            "directory over file",
            &[
                directory("d/a"),
                file("d/a/n", "n"),
                removal("d/b"),
                removal("d/sub"),
            ],
            &["d/", "d/a/", "d/a/n=n"],
        ),
        (
            "hard link below",
            &[opaque("d"), hardlink("d/n", "usr/lib/x")],
            &["d/", "d/n=x"],
        ),
    ];
    for (name, layer, wanted) in cases {
        let (outer, result) = unpacked(&[base, layer]);
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut wanted: Vec<_> = wanted.iter().chain(&kept).collect();
        wanted.sort();
        assert_eq!(
            listing(&outer.path().join("root"))
                .iter()
                .collect::<Vec<_>>(),
            wanted,
            "{name}"
        );
    }
}

#[test]
fn links_of_lower_layers_are_followed_inside() {
    let base: &[Member] = &[
        symlink("lib", "usr/lib"),
        symlink("opt", "/var/opt"),
        symlink("up", "../../../../../outside"),
    ];
    let layer: &[Member] = &[
        file("lib/x", "x"),
        file("opt/y", "y"),
        file("up/z", "z"),
        hardlink("zz", "up/z"),
    ];
    let (outer, result) = unpacked(&[base, layer]);
    result.expect("unpacks");
    let lines = listing(&outer.path().join("root"));
    assert!(lines.contains(&"usr/lib/x=x".to_owned()), "{lines:?}");
    assert!(lines.contains(&"var/opt/y=y".to_owned()), "{lines:?}");
    assert!(lines.contains(&"outside/z=z".to_owned()), "{lines:?}");
    assert!(lines.contains(&"zz=z".to_owned()), "{lines:?}");
    assert_eq!(listing(&outer.path().join("outside")), ["secret=secret"]);
}

#[test]
fn nothing_is_reached_outside() {
    let out = "../outside";
    let cases: [(&str, &[Member]); 8] = [
        (
            "write through",
            &[symlink("l", out), file("l/secret", "mine")],
        ),
        (
            "absolute",
            &[symlink("l", "/etc"), file("l/terroir-was-here", "mine")],
        ),
        (
            "whiteout through",
            &[symlink("l", out), removal("l/secret")],
        ),
        ("opaque through", &[symlink("l", out), opaque("l")]),
        (
            "hard link out",
            &[symlink("l", out), hardlink("h", "l/secret")],
        ),
        (
            "hard link to the link",
            &[
                symlink("l", out),
                hardlink("h", "l"),
                file("h/secret", "mine"),
            ],
        ),
        (
            "directory replaced",
            &[
                directory("d"),
                file("d/a", "a"),
                symlink("d", out),
                file("d/secret", "mine"),
            ],
        ),
        ("metadata of a link", &[directory("d"), symlink("d", out)]),
    ];
    for (name, layer) in cases {
        let (outer, result) = unpacked(&[&[], layer]);
        if let Err(error) = result {
            assert!(
                error.to_string().starts_with("unpacking /"),
                "{name}: {error}"
            );
        }
        assert_eq!(
            listing(&outer.path().join("outside")),
            ["secret=secret"],
            "{name}"
        );
        assert!(!Path::new("/etc/terroir-was-here").exists(), "{name}");
        let mode = std::fs::metadata(outer.path().join("outside"))
            .expect("there")
            .mode();
        assert_eq!(mode & 0o777, 0o755 & mode, "{name}");
    }
}

#[test]
fn bad_links_are_named() {
    let cases: [(&[Member], &str); 3] = [
        (
            &[hardlink("h", "gone")],
            "it is a hard link to /gone: which is not there",
        ),
        (
            &[directory("d"), hardlink("h", "d")],
            "it is a hard link to /d: ",
        ),
        (&[file("f", ""), file("f/x", "")], "Not a directory"),
    ];
    for (layer, message) in cases {
        let error = unpacked(&[layer]).1.expect_err("refused");
        let Error::Io { source, .. } = &error else {
            panic!("{error}");
        };
        assert!(source.to_string().contains(message), "{source}");
    }
    unpacked(&[&[file("f", "f"), hardlink("f", "f")]])
        .1
        .expect("a link to itself is nothing");
}

#[test]
fn metadata_is_set_last() {
    let mut members = vec![
        directory("closed"),
        file("closed/tool", "t"),
        symlink("z", "closed"),
    ];
    (members[0].0.mode, members[0].0.mtime) = (0o1500, 77);
    (members[1].0.mode, members[1].0.mtime) = (0o6711, 88);
    members[2].0.mtime = 99;
    members[1]
        .0
        .xattrs
        .insert(b"user.overlay.opaque".to_vec(), b"y".to_vec());
    members[1]
        .0
        .xattrs
        .insert(b"security.capability".to_vec(), vec![1; 20]);
    let (outer, result) = unpacked(&[&members]);
    let said: Vec<_> = result
        .expect("unpacks")
        .skipped
        .into_iter()
        .map(|one| one.what)
        .collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("security.capability") && said[1].contains("user.overlay.opaque"));
    let root = outer.path().join("root");
    let closed = std::fs::metadata(root.join("closed")).expect("there");
    assert_eq!((closed.mode() & 0o7777, closed.mtime()), (0o1500, 77));
    let tool = std::fs::metadata(root.join("closed/tool")).expect("there");
    assert_eq!((tool.mode() & 0o7777, tool.mtime()), (0o6711, 88));
    assert_eq!(
        std::fs::symlink_metadata(root.join("z"))
            .expect("there")
            .mtime(),
        99
    );
    std::fs::set_permissions(root.join("closed"), std::fs::Permissions::from_mode(0o700))
        .expect("mine");
}

#[test]
fn a_directory_in_use_is_left_alone() {
    let outer = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(outer.path().join("mine"), "").expect("written");
    let limits = Limits::default();
    let error = unpack(
        &[],
        &Memory::default(),
        outer.path(),
        Ownership::Mine,
        &limits,
    );
    assert!(matches!(error, Err(Error::NotEmpty(_))));
}
