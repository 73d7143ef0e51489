//! Archives that are unpacked into a root: what they are known by, and that nothing leads out.

use std::fs;
use std::path::Path;

use crate::tree::{Ownership, add_archive, is_archive};

/// An archive of links (`name -> target`), hard links (`name = target`) and files.
fn archive(members: &[&str]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for member in members {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(0);
        let linked = [
            (" -> ", tar::EntryType::Symlink),
            (" = ", tar::EntryType::Link),
        ];
        let link = linked
            .into_iter()
            .find_map(|(mark, kind)| Some((member.split_once(mark)?, kind)));
        let (name, target) = match link {
            Some(((name, target), kind)) => {
                header.set_entry_type(kind);
                (name, target)
            }
            None => (*member, ""),
        };
        // Written by hand: the crate refuses what others write.
        let fields = header.as_old_mut();
        fields.name[..name.len()].copy_from_slice(name.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        archive.append(&header, std::io::empty()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn add(root: &Path, members: &[&str]) -> Result<(), String> {
    let file = root.with_extension("tar");
    fs::write(&file, archive(members)).unwrap();
    add_archive(&file, (root, "/opt/in"), Ownership::Mine)
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn links_lead_nowhere_but_inside_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("etc")).unwrap();
    fs::create_dir_all(root.join("opt/real")).unwrap();
    std::os::unix::fs::symlink("real", root.join("opt/in")).unwrap();
    add(
        &root,
        &[
            "a",
            "out -> /etc",
            "out/x",
            "up -> ../../../../../..",
            "up/y",
            "b = a",
            "deep/er/c",
        ],
    )
    .unwrap();
    for path in [
        "opt/real/a",
        "etc/x",
        "y",
        "opt/real/b",
        "opt/real/deep/er/c",
    ] {
        assert!(root.join(path).is_file(), "{path}");
    }
    let beside: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
}

#[test]
fn what_no_layer_may_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    for (members, why) in [
        (["../x"], "not valid"),
        (["a = ../../x"], "not valid"),
        (["d/.wh.x"], "something is gone"),
        (["a = none"], "opt/in"),
    ] {
        let said = add(&root, &members).unwrap_err();
        assert!(said.contains(why), "{members:?}: {said}");
    }
}

#[test]
fn an_archive_is_known_by_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let plain = archive(&["a"]);
    let cases: [(&[u8], bool); 5] = [
        (&plain, true),
        (&zstd::encode_all(plain.as_slice(), 1).unwrap(), true),
        (&zstd::encode_all(&b"text"[..], 1).unwrap(), false),
        (b"a.tar", false),
        (&[0; 1024], false),
    ];
    for (number, (bytes, expected)) in cases.into_iter().enumerate() {
        let file = folder.path().join(number.to_string());
        fs::write(&file, bytes).unwrap();
        assert_eq!(is_archive(&file), expected, "{number}");
    }
    assert!(!is_archive(&folder.path().join("none")));
}
