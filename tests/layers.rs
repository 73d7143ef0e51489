//! Layers in other programs: skopeo copies them, umoci unpacks them, GNU tar lists them.

#[path = "support/judge.rs"]
mod judge;
#[path = "support/state.rs"]
mod state;
#[path = "support/tar_line.rs"]
mod tar_line;

use std::path::PathBuf;

use terroir::oci::{
    BlobSource as _, Descriptor, Document, Image, MediaType, PlatformImage, config_type, manifest,
    sorted_json,
};
use terroir::path::TreePath;
use terroir::store::{Error, Layout, Store, export_archive, export_layout, read_archive};
use terroir::tree::{Codec, Entry, EntryKind, Limits, Ownership, Packed, unpack};

type Member = (Entry, Vec<u8>);

/// A capability as the kernel stores it: version 2, effective, `cap_net_raw`.
const CAPABILITY: [u8; 20] = [
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

fn entry(path: impl AsRef<[u8]>, kind: EntryKind, mode: u32) -> Member {
    let path = TreePath::from_bytes(path.as_ref()).expect("a valid path");
    let mut entry = Entry::new(path, kind, mode);
    entry.mtime = 1_000_000_000;
    (entry, Vec::new())
}

fn file(path: impl AsRef<[u8]>, mode: u32, content: &[u8]) -> Member {
    let size = content.len() as u64;
    let (entry, _) = entry(path, EntryKind::File { size }, mode);
    (entry, content.to_vec())
}

fn directory(path: impl AsRef<[u8]>, mode: u32) -> Member {
    entry(path, EntryKind::Directory, mode)
}

fn symlink(path: impl AsRef<[u8]>, target: &[u8]) -> Member {
    let target = target.to_vec();
    entry(path, EntryKind::Symlink { target }, 0o777)
}

fn sorted(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by(|one, other| one.0.path.cmp(&other.0.path));
    members
}

/// What the layer above takes away or covers.
fn below() -> Vec<Member> {
    sorted(vec![
        directory("etc", 0o755),
        file("etc/gone", 0o644, b"gone"),
        file("etc/replaced", 0o644, b"old"),
        directory("opaque", 0o755),
        file("opaque/old", 0o644, b"old"),
        directory("removed/deep", 0o755),
        file("removed/deep/file", 0o600, b"old"),
        directory("was-directory", 0o755),
        file("was-directory/file", 0o644, b"old"),
        file("was-file", 0o644, b"old"),
    ])
}

/// Files whose names need more than a plain header.
fn awkward_names() -> Vec<Member> {
    let long = |part: &str, count: usize| vec![part; count].join("/");
    let medium = format!("usr/{}/name", long("medium-long-directory", 6));
    let longer = format!("usr/{}/name", long("quite-a-long-directory-name", 12));
    let one_long_name = format!("usr/{}", "n".repeat(200));
    let not_text = b"usr/not-text-\xff\xfe".to_vec();
    let long_not_text = [&b"usr/"[..], &[b'\xe9'; 180]].concat();
    vec![
        file(&medium, 0o644, b"medium"),
        file(&longer, 0o644, b"longer"),
        file(&one_long_name, 0o644, b"one name"),
        file(
            "usr/\u{e4}\u{f6}\u{fc} \u{65e5}\u{672c}",
            0o644,
            b"non-ASCII",
        ),
        file(&not_text, 0o644, b"not text"),
        file(&long_not_text, 0o644, b"long and not text"),
    ]
}

/// Every kind of entry there is.
fn above() -> Vec<Member> {
    let mut members = vec![
        directory("", 0o755),
        directory("etc", 0o2755),
        file("etc/replaced", 0o640, b"new"),
        directory("opaque", 0o700),
        file("opaque/new", 0o644, b"new"),
        directory("tmp", 0o1777),
        directory("usr", 0o755),
        file("usr/empty", 0o400, b""),
        file("usr/block", 0o644, &[7; 512]),
        file("usr/large", 0o644, &vec![9; 3_000_001]),
        file("usr/ping", 0o755, b"ping"),
        file("usr/sudo", 0o4711, b"sudo"),
        file("usr/write", 0o2755, b"write"),
        symlink("usr/link", b"../etc/replaced"),
        symlink("usr/dangling", b"/no/\xff/such"),
        symlink("usr/long-link", &b"target/".repeat(30)),
        file("was-directory", 0o644, b"new"),
        directory("was-file", 0o750),
        entry("run/fifo", EntryKind::Fifo, 0o622),
        entry(
            "dev/null",
            EntryKind::CharDevice { major: 1, minor: 3 },
            0o666,
        ),
        entry(
            "dev/vda",
            EntryKind::BlockDevice {
                major: 254,
                minor: 1_048_000,
            },
            0o660,
        ),
    ];
    let named = awkward_names();
    let longer = named[1].0.path.to_string();
    members.extend(named);
    for (path, target) in [
        ("usr/zz-ping", "usr/ping"),
        ("usr/zz-long", longer.as_str()),
    ] {
        let target = TreePath::parse(target).expect("a valid path");
        members.push(entry(path, EntryKind::Hardlink { target }, 0o755));
    }
    add_owners_and_attributes(&mut members);
    for path in ["etc/gone", "removed"] {
        let path = TreePath::parse(path).expect("a valid path");
        members.push((Entry::removal(&path).expect("not the root"), vec![]));
    }
    let opaque = TreePath::parse("opaque").expect("a valid path");
    members.push((Entry::opaque(&opaque).expect("a short name"), vec![]));
    sorted(members)
}

fn add_owners_and_attributes(members: &mut [Member]) {
    for (entry, _) in members {
        match entry.path.as_bytes() {
            b"usr/ping" | b"usr/zz-ping" => {
                let capability = (b"security.capability".to_vec(), CAPABILITY.to_vec());
                entry.xattrs.extend([capability]);
            }
            b"usr/write" => {
                (entry.uid, entry.gid, entry.mtime) = (3_000_000, 4_000_000_000, 12);
                let note = (b"user.note".to_vec(), b"line\nline\0=".to_vec());
                entry.xattrs.extend([note]);
            }
            b"etc" => {
                (entry.uid, entry.gid) = (7, 8);
                entry.xattrs.insert(b"user.dir".to_vec(), b"yes".to_vec());
            }
            _ => {}
        }
    }
}

fn pack(store: &Store, codec: Codec, members: &[Member]) -> Packed {
    let packed = store.pack::<Error>(codec, |writer| {
        for (entry, content) in members {
            writer.append(entry, &mut content.as_slice())?;
        }
        Ok(())
    });
    packed.expect("packs")
}

/// An image of two layers in a store.
fn image(store: &Store, codec: Codec) -> (Image, Vec<Descriptor>) {
    let packed = [below(), above()].map(|members| pack(store, codec, &members));
    let diff_ids: Vec<_> = packed
        .iter()
        .map(|layer| layer.diff_id.to_string())
        .collect();
    let config = serde_json::json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": [{ "created_by": "below" }, { "created_by": "above" }],
    });
    let config = store.put_document(config_type(), &sorted_json(&config));
    let layers: Vec<_> = packed.iter().map(Packed::descriptor).collect();
    let manifest = manifest(config.expect("kept"), layers.clone(), []);
    let bytes = sorted_json(&manifest);
    let descriptor = store.put_document(MediaType::ImageManifest, &bytes);
    let descriptor = descriptor.expect("kept");
    let document = Document { descriptor, bytes };
    let root = document.clone();
    let platforms = vec![PlatformImage::new(document, manifest)];
    (Image { root, platforms }, layers)
}

struct Case {
    folder: tempfile::TempDir,
    store: Store,
    image: Image,
    layers: Vec<Descriptor>,
}

impl Case {
    fn new(codec: Codec) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let store = Store::open(&folder.path().join("store")).expect("opens");
        let (image, layers) = image(&store, codec);
        Self {
            folder,
            store,
            image,
            layers,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the image out and lets skopeo copy it.
    fn copied(&self) -> PathBuf {
        export_layout(&self.image, &self.store, &self.path("ours"), "one").expect("exports");
        let copy = self.path("copied");
        let from = format!("oci:{}:one", self.path("ours").display());
        let to = format!("oci:{}:two", copy.display());
        judge::run(
            "skopeo",
            &["copy", "--quiet", "--insecure-policy", &from, &to],
            b"",
        );
        copy
    }

    fn unpacked(&self, ownership: Ownership) -> state::State {
        let root = self.path("unpacked");
        let limits = Limits::default();
        let done = unpack(&self.layers, &self.store, &root, ownership, &limits).expect("unpacks");
        assert_eq!(
            done.skipped.is_empty(),
            ownership == Ownership::Keep,
            "{:?}",
            done.skipped
        );
        state::of(&root, ownership)
    }
}

#[test]
fn umoci_unpacks_what_we_unpack() {
    if !judge::is_there("skopeo") || !judge::is_there("umoci") || !judge::is_root() {
        return;
    }
    let case = Case::new(Codec::Gzip);
    let image = format!("{}:two", case.copied().display());
    let bundle = case.path("bundle");
    judge::run(
        "umoci",
        &["unpack", "--image", &image, &bundle.display().to_string()],
        b"",
    );
    let theirs = state::of(&bundle.join("rootfs"), Ownership::Keep);
    let ours = case.unpacked(Ownership::Keep);
    assert!(ours.len() > 45, "{} entries", ours.len());
    state::compare(&ours, &theirs);
}

#[test]
fn umoci_unpacks_the_same_without_root() {
    if !judge::is_there("skopeo") || !judge::is_there("umoci") {
        return;
    }
    let case = Case::new(Codec::Gzip);
    let image = format!("{}:two", case.copied().display());
    let bundle = case.path("bundle");
    let bundle_name = bundle.display().to_string();
    judge::run(
        "umoci",
        &["unpack", "--rootless", "--image", &image, &bundle_name],
        b"",
    );
    let mut theirs = state::of(&bundle.join("rootfs"), Ownership::Mine);
    // If umoci may not make devices, it leaves empty files; terroir leaves nothing.
    for device in [&b"dev/null"[..], b"dev/vda"] {
        theirs.remove(device);
    }
    state::compare(&case.unpacked(Ownership::Mine), &theirs);
}

#[test]
fn tar_lists_what_was_written() {
    if !judge::is_there("zstd") || !judge::is_there("tar") {
        return;
    }
    let case = Case::new(Codec::Zstd);
    let mut blob = Vec::new();
    let mut reader = case.store.open(&case.layers[1]).expect("there");
    std::io::Read::read_to_end(&mut reader, &mut blob).expect("whole");
    let archive = judge::run("zstd", &["-dc"], &blob);
    let arguments = [
        "-tv",
        "--numeric-owner",
        "--full-time",
        "--utc",
        "--quoting-style=literal",
        "-f",
        "-",
    ];
    let listed = judge::run("tar", &arguments, &archive);
    let listed: Vec<Vec<u8>> = listed
        .strip_suffix(b"\n")
        .expect("lines")
        .split(|byte| *byte == b'\n')
        .map(|line| {
            let words = line
                .split(|byte| *byte == b' ')
                .filter(|word| !word.is_empty());
            words.collect::<Vec<_>>().join(&b' ')
        })
        .collect();
    let expected: Vec<_> = above()
        .iter()
        .map(|(entry, _)| tar_line::tar_line(entry))
        .collect();
    for (listed, expected) in listed.iter().zip(&expected) {
        let shown = (
            String::from_utf8_lossy(listed),
            String::from_utf8_lossy(expected),
        );
        assert_eq!(listed, expected, "{shown:?}");
    }
    assert_eq!(listed.len(), expected.len());
}

#[test]
fn skopeo_reads_our_archive_and_we_read_its() {
    if !judge::is_there("skopeo") {
        return;
    }
    let case = Case::new(Codec::Zstd);
    let ours = case.path("ours.tar");
    export_archive(&case.image, &case.store, &ours, "one").expect("exports");
    let again = case.path("again.tar");
    export_archive(&case.image, &case.store, &again, "one").expect("exports");
    assert!(std::fs::read(&ours).expect("there") == std::fs::read(&again).expect("there"));
    let theirs = case.path("theirs.tar");
    let from = format!("oci-archive:{}:one", ours.display());
    let to = format!("oci-archive:{}:two", theirs.display());
    judge::run(
        "skopeo",
        &["copy", "--quiet", "--insecure-policy", &from, &to],
        b"",
    );
    let archive = read_archive(&theirs).expect("reads");
    let root = archive.root(Some("two")).expect("tagged");
    assert_eq!(root.digest(), case.image.root.descriptor.digest());
    let found = Image::load(&archive, &root).expect("loads");
    for blob in found.blobs() {
        std::io::copy(
            &mut archive.open(&blob).expect("there"),
            &mut std::io::sink(),
        )
        .expect("undamaged");
    }
}

#[test]
fn skopeo_and_we_agree_on_a_layout() {
    if !judge::is_there("skopeo") {
        return;
    }
    let case = Case::new(Codec::Zstd);
    let layout = Layout::open(&case.copied()).expect("opens");
    let root = layout.root(None).expect("the only one");
    assert_eq!(root.digest(), case.image.root.descriptor.digest());
    let limits = Limits::default();
    let ours = case.unpacked(Ownership::Mine);
    let theirs = case.path("from-layout");
    unpack(&case.layers, &layout, &theirs, Ownership::Mine, &limits).expect("unpacks");
    state::compare(&ours, &state::of(&theirs, Ownership::Mine));
}
