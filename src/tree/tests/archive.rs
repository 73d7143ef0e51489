//! What the writer writes, and what other archivers write.

use std::io::{self, Write};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

/// Names of every kind: short, long, not text, and awkward in an archive.
fn any_path() -> impl Strategy<Value = TreePath> {
    let name = prop_oneof![
        4 => vec(1u8..=255, 1..12),
        1 => vec(97u8..=122, 90..110),
        1 => vec(1u8..=255, 120..250),
    ];
    vec(name, 1..4).prop_filter_map("no path, or a name with a meaning", |names| {
        let path = TreePath::from_bytes(&names.join(&b'/')).ok()?;
        let plain = path.components().all(|name| !name.starts_with(b".wh."));
        (plain && !path.is_root()).then_some(path)
    })
}

fn any_kind() -> impl Strategy<Value = (EntryKind, Vec<u8>)> {
    let number = prop_oneof![0u32..300, Just(0o777_7777)];
    let device = (number.clone(), number);
    prop_oneof![
        4 => vec(any::<u8>(), 0..2000)
            .prop_map(|bytes| (EntryKind::File { size: bytes.len() as u64 }, bytes)),
        2 => Just((EntryKind::Directory, vec![])),
        2 => vec(1u8..=255, 1..300).prop_map(|target| (EntryKind::Symlink { target }, vec![])),
        2 => any_path().prop_map(|target| (EntryKind::Hardlink { target }, vec![])),
        1 => device.clone()
            .prop_map(|(major, minor)| (EntryKind::CharDevice { major, minor }, vec![])),
        1 => device.prop_map(|(major, minor)| (EntryKind::BlockDevice { major, minor }, vec![])),
        1 => Just((EntryKind::Fifo, vec![])),
    ]
}

fn any_members() -> impl Strategy<Value = Vec<Member>> {
    let id = prop_oneof![Just(0), any::<u32>(), Just(0o777_7777), Just(0o1000_0000)];
    let mtime = prop_oneof![Just(0), 0u64..1 << 32, (1u64 << 33)..1 << 40];
    let attribute =
        vec(1u8..=255, 1..20).prop_filter("an equals sign", |name| !name.contains(&b'='));
    let attributes = btree_map(attribute, vec(any::<u8>(), 0..40), 0..3);
    let metadata = (0u32..0o10000, id.clone(), id, mtime, attributes);
    btree_map(any_path(), (any_kind(), metadata), 0..12).prop_map(|members| {
        let member = |(path, ((kind, content), (mode, uid, gid, mtime, xattrs)))| {
            let mut entry = Entry::new(path, kind, mode);
            (entry.uid, entry.gid, entry.mtime) = (uid, gid, mtime);
            entry.xattrs = xattrs;
            (entry, content)
        };
        members.into_iter().map(member).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn entries_come_back(members in any_members()) {
        let mut diff_ids = Vec::new();
        for codec in [Codec::Zstd, Codec::Gzip] {
            let (bytes, packed) = pack(&members, codec).expect("packs");
            prop_assert_eq!(Digest::of(&bytes), packed.digest);
            prop_assert_eq!(bytes.len() as u64, packed.size);
            let (found, diff_id) = read(&bytes, &codec.media_type()).expect("reads");
            prop_assert_eq!(&found, &members);
            prop_assert_eq!(diff_id, packed.diff_id);
            diff_ids.push(diff_id);
        }
        prop_assert_eq!(diff_ids[0], Digest::of(&raw(&members)));
        prop_assert_eq!(diff_ids[0], diff_ids[1]);
    }

    #[test]
    fn garbage_is_an_error(mut bytes in vec(any::<u8>(), 0..3000), at in 0usize..2000, kind in 0usize..3) {
        let media_type = [MediaType::ImageLayer, MediaType::ImageLayerGzip, MediaType::ImageLayerZstd];
        let _ = read(&bytes, &media_type[kind]);
        // A damaged archive of ours must not panic either.
        let mut archive = raw(&[file("a", "text"), hardlink("b", "a"), symlink(&"l/".repeat(99), "b")]);
        for (index, byte) in bytes.drain(..).take(8).enumerate() {
            let length = archive.len();
            archive[(at * (index + 1)) % length] = byte;
        }
        let _ = read(&archive, &MediaType::ImageLayer);
    }
}

#[test]
fn the_bytes_are_these() {
    let mut tool = file("usr/bin/tool", "#!/bin/sh\n");
    tool.0.mode = 0o4755;
    tool.0
        .xattrs
        .insert(b"user.note".to_vec(), b"a\nb\0".to_vec());
    let long = format!("usr/{}", "long/".repeat(60));
    let members = [
        directory("usr"),
        directory("usr/bin"),
        tool,
        symlink("usr/lib64", "lib"),
        file(&long, "x"),
        removal("var/cache"),
    ];
    let golden = [(Codec::Zstd, ZSTD_GOLDEN), (Codec::Gzip, GZIP_GOLDEN)];
    for (codec, digest) in golden {
        let (_, packed) = pack(&members, codec).expect("packs");
        assert_eq!(packed.diff_id.to_string(), TAR_GOLDEN);
        assert_eq!(packed.digest.to_string(), digest, "{}", codec.name());
    }
}

/// A change of these is a change of format: every layer gets another digest.
const TAR_GOLDEN: &str = "sha256:b04fb57bc507710d2156418b2f3855cb4570740b2591e009fd44d5be8b0762d2";
const ZSTD_GOLDEN: &str = "sha256:8be4c80afdfb32e0371b2d6a5a224dcf4e60bf9c9c1af317900295f21d1760d1";
const GZIP_GOLDEN: &str = "sha256:0eab435521349c49cc88a543491e5a0bf6c5c0c7c57f075ba432fc0785cd5f45";

#[test]
fn bytes_do_not_depend_on_how_content_arrives() {
    let content: Vec<u8> = (0..5_000_000u32)
        .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
        .take(9 << 20)
        .collect();
    let size = content.len() as u64;
    let entry = Entry::new(path("big"), EntryKind::File { size }, 0o644);
    let write = |chunk: usize| {
        let mut writer = LayerWriter::new(io::sink(), Codec::Zstd).expect("starts");
        let mut content = Slow(&content, chunk);
        writer.append(&entry, &mut content).expect("appends");
        writer.finish().expect("finishes").1
    };
    assert_eq!(write(usize::MAX), write(7919));
}

/// Gives at most so many bytes at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let most = space.len().min(self.1);
        self.0.read(&mut space[..most])
    }
}

#[test]
fn the_writer_refuses() {
    let longer = (file("a", "four").0, b"fourteen".to_vec());
    let shorter = (file("a", "fourteen").0, b"four".to_vec());
    let mut attribute = file("a", "");
    attribute.0.xattrs.insert(b"user.a=b".to_vec(), vec![]);
    let cases: [(&[Member], &str); 6] = [
        (
            &[longer],
            "/a changed while it was packed: 4 bytes were expected, 5 found",
        ),
        (
            &[shorter],
            "/a changed while it was packed: 8 bytes were expected, 4 found",
        ),
        (
            &[file("b", ""), file("a", "")],
            "it comes after /b, and entries must be sorted",
        ),
        (&[file("a", ""), file("a", "")], "it comes after /a"),
        (&[symlink("a", "")], "its link target is not a path"),
        (
            &[attribute],
            "cannot carry an extended attribute named \"user.a=b\"",
        ),
    ];
    for (members, message) in cases {
        let error = pack(members, Codec::Zstd).expect_err("refused").to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn a_broken_layer_cannot_be_finished() {
    let mut writer = LayerWriter::new(Vec::new(), Codec::Zstd).expect("starts");
    let entry = file("a", "four").0;
    writer
        .append(&entry, &mut io::empty())
        .expect_err("no content");
    writer.finish().expect_err("half an entry is in it");
}

#[test]
fn what_the_sink_says_is_what_is_said() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::StorageFull, "/store is full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let size = 64 << 20;
    let entry = Entry::new(path("big"), EntryKind::File { size }, 0o644);
    for (entry, size) in [(entry, size), (directory("small").0, 0)] {
        let mut writer = LayerWriter::new(Full, Codec::Gzip).expect("starts");
        let mut random = Slow(&[], 0).chain(io::repeat(7).take(size));
        let appended = writer.append(&entry, &mut random);
        let error = appended.and_then(|()| writer.finish().map(|_| ()));
        let Err(Error::Io { doing, source }) = error else {
            panic!("a full sink must be an error");
        };
        assert_eq!(
            (doing.as_str(), source.kind()),
            ("writing the layer", io::ErrorKind::StorageFull)
        );
    }
}

#[test]
fn several_frames_and_members_are_one_layer() {
    let archive = raw(&[file("a", "one"), file("b", "two")]);
    let (first, second) = archive.split_at(700);
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).expect("memory");
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"toc"].concat();
    let blobs = [
        (
            MediaType::ImageLayerGzip,
            [gzip(first), gzip(second)].concat(),
        ),
        (
            MediaType::ImageLayerZstd,
            [zstd(first), zstd(second), skippable].concat(),
        ),
        (MediaType::ImageLayer, archive.clone()),
    ];
    for (media_type, blob) in blobs {
        let (members, diff_id) = read(&blob, &media_type).expect("reads");
        assert_eq!(
            members,
            [file("a", "one"), file("b", "two")],
            "{media_type}"
        );
        assert_eq!(diff_id, Digest::of(&archive));
    }
}

#[test]
fn media_types_are_known() {
    let docker = "application/vnd.docker.image.rootfs.";
    let archive = raw(&[file("a", "one")]);
    let gzip = pack(&[file("a", "one")], Codec::Gzip).expect("packs").0;
    let cases = [
        (MediaType::ImageLayerNonDistributableGzip, &gzip, true),
        (
            MediaType::from(format!("{docker}diff.tar.gzip").as_str()),
            &gzip,
            true,
        ),
        (
            MediaType::from(format!("{docker}foreign.diff.tar.gzip").as_str()),
            &gzip,
            true,
        ),
        (
            MediaType::from(format!("{docker}diff.tar").as_str()),
            &archive,
            true,
        ),
        (
            MediaType::from("application/vnd.in-toto+json"),
            &archive,
            false,
        ),
        (MediaType::ImageConfig, &archive, false),
    ];
    for (media_type, blob, known) in cases {
        assert_eq!(read(blob, &media_type).is_ok(), known, "{media_type}");
    }
    assert_eq!(
        Codec::from_media_type(&Codec::Zstd.media_type()),
        Some(Codec::Zstd)
    );
    assert_eq!(Codec::from_media_type(&MediaType::ImageLayer), None);
}

#[test]
fn gnu_archives_are_read() {
    let name = format!("usr/share/{}", "long-".repeat(60));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    header.set_uid(u64::from(u32::MAX - 1));
    header.set_mode(0o640);
    header.set_mtime(12);
    builder
        .append_data(&mut header, format!("./{name}"), &b"abc"[..])
        .expect("memory");
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "/link", &name)
        .expect_err("the tar crate is stricter");
    builder
        .append_link(&mut header, "link", &name)
        .expect("memory");
    let bytes = builder.into_inner().expect("memory");
    let (members, _) = read(&bytes, &MediaType::ImageLayer).expect("reads");
    let mut long = file(&name, "abc");
    (long.0.uid, long.0.mode, long.0.mtime) = (u32::MAX - 1, 0o640, 12);
    assert_eq!(members[0], long);
    assert_eq!(members[1].0.kind, symlink("link", &name).0.kind);
}

#[test]
fn pax_times_are_whole_and_not_negative() {
    let cases = [("12.75", 12), ("-3.5", 0), ("8589934592", 8_589_934_592)];
    for (text, mtime) in cases {
        let mut builder = tar::Builder::new(Vec::new());
        builder
            .append_pax_extensions([("mtime", text.as_bytes())])
            .expect("memory");
        let mut bytes = builder.get_ref().clone();
        bytes.extend(raw(&[file("a", "")]));
        let (members, _) = read(&bytes, &MediaType::ImageLayer).expect("reads");
        assert_eq!(members[0].0.mtime, mtime, "{text}");
    }
}

#[test]
fn a_visitor_may_break_off() {
    let archive = raw(&[file("a", "one"), file("b", "two")]);
    let mut seen = 0;
    let mut visit = |_: Entry, _: &mut dyn Read| {
        seen += 1;
        Ok(ControlFlow::Break(()))
    };
    let digest = read_layer(
        archive.as_slice(),
        &MediaType::ImageLayer,
        &Limits::default(),
        &mut visit,
    );
    assert_eq!(digest.expect("reads"), None);
    assert_eq!(seen, 1);
}
