//! Layers that nobody should write.

use super::*;

/// An archive whose only header was changed after its checksum was taken, and taken again.
fn changed(member: &Member, change: impl Fn(&mut tar::Header)) -> Vec<u8> {
    let mut bytes = raw(std::slice::from_ref(member));
    let mut header = tar::Header::new_old();
    header.as_mut_bytes().copy_from_slice(&bytes[..512]);
    change(&mut header);
    header.set_cksum();
    bytes[..512].copy_from_slice(header.as_bytes());
    bytes
}

fn named(name: &[u8]) -> Vec<u8> {
    changed(&file("x", ""), |header| {
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name);
    })
}

fn typed(kind: u8) -> Vec<u8> {
    changed(&file("x", ""), |header| {
        header.set_entry_type(tar::EntryType::new(kind));
    })
}

fn pax(records: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::XHeader);
    header.set_size(records.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(records);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes.extend(raw(&[file("x", "")]));
    bytes
}

fn link_to(name: &[u8], kind: u8) -> Vec<u8> {
    changed(&file("x", ""), |header| {
        header.set_entry_type(tar::EntryType::new(kind));
        header.as_old_mut().linkname[..name.len()].copy_from_slice(name);
    })
}

/// Reads archives that are all refused, each with its message.
fn refuse(cases: &[(Vec<u8>, &str)]) {
    for (number, (bytes, message)) in cases.iter().enumerate() {
        let Err(error) = read(bytes, &MediaType::ImageLayer) else {
            panic!("case {number}, {message:?}, was read");
        };
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let shown = format!("{error} {}", source.unwrap_or_default());
        assert!(shown.contains(message), "case {number}: {shown}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let fifo = changed(&file("x", ""), |header| {
        header.set_entry_type(tar::EntryType::Fifo);
        header.as_old_mut().name[..2].copy_from_slice(b"/\0");
    });
    refuse(&[
        (named(b"../../etc/passwd"), "climbs with `..`"),
        (named(b"a/../../b"), "climbs with `..`"),
        (link_to(b"../../etc/passwd", b'1'), "climbs with `..`"),
        (link_to(b"", b'1'), "a link whose target is not a path"),
        (link_to(b"", b'2'), "a link whose target is not a path"),
        (fifo, "the root is not a directory"),
        (named(b"etc/.wh.."), "is a whiteout of no name"),
        (named(b"etc/.wh..."), "is a whiteout of no name"),
        (pax(b"12 path=x\0y\n"), "holds a NUL byte"),
        (
            pax(format!("5013 path={}\n", "y/".repeat(2501)).as_bytes()),
            "longer than",
        ),
    ]);
}

#[test]
fn headers_that_lie_are_refused() {
    let sized = |size| changed(&file("x", "y"), |header| header.set_size(size));
    let directory = changed(&file("x", "y"), |header| {
        header.set_entry_type(tar::EntryType::Directory);
    });
    let extended = changed(&file("x", ""), |header| {
        header.set_entry_type(tar::EntryType::XHeader);
        header.set_size(1 << 40);
    });
    let malformed = "a malformed extended header";
    refuse(&[
        (typed(b'S'), "sparse files are not read"),
        (pax(b"22 GNU.sparse.major=1\n"), "sparse files are not read"),
        (typed(b'Z'), "members of type `Z` are not read"),
        (typed(7), "members of type `\\u{7}` are not read"),
        (directory, "has content but is not a file"),
        (sized(100_000), "ends in the middle of an entry"),
        (sized(1 << 60), "more than 4194304 bytes"),
        (extended, "bytes of names and attributes"),
        (pax(b"path=x\n"), malformed),
        (pax(b"99 path=x\n"), malformed),
        (pax(b"21 GNU.sparse.major=1\n"), malformed),
        (pax(b"0 path=x\n"), malformed),
        (pax(b"9 path=xy"), malformed),
        (pax(b"11 size=-1\n"), "the size is not a number"),
        (pax(b"18 uid=4294967296\n"), "uid 4294967296 is too large"),
    ]);
}

#[test]
fn what_is_no_whole_archive_is_refused() {
    let cut = |length: usize| raw(&[file("x", &"y".repeat(2000))])[..length].to_vec();
    let alone = pax(b"9 path=x\n")[..1024].to_vec();
    let zeros = [vec![0; 512], raw(&[file("x", "")])].concat();
    let text = b"this is no archive at all\n".repeat(40);
    refuse(&[
        (cut(300), "ends in the middle of an entry"),
        (cut(1000), "ends in the middle of an entry"),
        (cut(2520), "ends in the middle of an entry"),
        (alone, "nothing behind it"),
        (zeros, "a lone block of zeros"),
        (text, "not the header of an archive member"),
        (raw(&vec![file("x", ""); 1001]), "more than 1000 entries"),
    ]);
}

#[test]
fn absolute_names_stay_in_the_root() {
    let (members, _) = read(&named(b"//etc/./x"), &MediaType::ImageLayer).expect("reads");
    assert_eq!(members[0].0.path, path("etc/x"));
}

#[test]
fn the_files_of_aufs_are_left_out() {
    let mut bytes = named(b".wh..wh.plnk/99.1");
    bytes.truncate(512);
    bytes.extend(raw(&[opaque("etc"), file("x", "")]));
    let (members, _) = read(&bytes, &MediaType::ImageLayer).expect("reads");
    let paths: Vec<_> = members
        .iter()
        .map(|(entry, _)| entry.path.to_string())
        .collect();
    assert_eq!(paths, ["/etc/.wh..wh..opq", "/x"]);
}

#[test]
fn bombs_and_cut_streams_end_early() {
    let size = 64 << 20;
    let entry = Entry::new(path("zeros"), EntryKind::File { size }, 0o644);
    for codec in [Codec::Zstd, Codec::Gzip] {
        let mut writer = LayerWriter::new(Vec::new(), codec).expect("starts");
        let mut zeros = std::io::repeat(0).take(size);
        writer.append(&entry, &mut zeros).expect("appends");
        let (bomb, _) = writer.finish().expect("finishes");
        let error = read(&bomb, &codec.media_type()).expect_err("a bomb");
        assert!(
            matches!(error, Error::Limit { what: "bytes", .. }),
            "{error}"
        );
        let (layer, _) = pack(&[file("a", "text")], codec).expect("packs");
        for length in 0..layer.len() {
            read(&layer[..length], &codec.media_type()).expect_err("cut off");
        }
    }
    // A zip bomb may also hide behind the end of the archive.
    let mut behind = raw(&[file("a", "text")]);
    behind.resize(5 << 20, 0);
    let error = read(&behind, &MediaType::ImageLayer).expect_err("a bomb");
    assert!(
        matches!(error, Error::Limit { what: "bytes", .. }),
        "{error}"
    );
}
