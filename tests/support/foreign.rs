//! Small foreign images, as layouts: bases of the shapes that distributions have.

use std::path::Path;

use serde_json::json;
use terroir::oci::{
    Document, Image, MediaType, PlatformImage, config_type, index, manifest, parse_platform,
    sorted_json,
};
use terroir::path::TreePath;
use terroir::store::{Error, Store, export_layout};
use terroir::tree::{Codec, Entry, EntryKind, Packed};

/// An entry of a layer and what it holds.
pub(crate) type Member = (Entry, Vec<u8>);

/// An image for some platforms, each with its layers, the lowest first.
pub(crate) type Platforms<'a> = [(&'a str, Vec<Vec<Member>>)];

/// A directory of 0:0.
pub(crate) fn directory(path: &str, mode: u32) -> Member {
    (new(path, EntryKind::Directory, mode), Vec::new())
}

/// A file of 0:0.
pub(crate) fn file(path: &str, mode: u32, content: &str) -> Member {
    let size = content.len() as u64;
    let entry = new(path, EntryKind::File { size }, mode);
    (entry, content.as_bytes().to_vec())
}

/// A symbolic link.
pub(crate) fn symlink(path: &str, target: &str) -> Member {
    let target = target.as_bytes().to_vec();
    (new(path, EntryKind::Symlink { target }, 0o777), Vec::new())
}

/// Another name of a file.
pub(crate) fn hardlink(path: &str, target: &str, mode: u32) -> Member {
    let target = TreePath::parse(target).expect("a valid path");
    (new(path, EntryKind::Hardlink { target }, mode), Vec::new())
}

/// The same with other owners.
pub(crate) fn owned((mut entry, content): Member, uid: u32, gid: u32) -> Member {
    (entry.uid, entry.gid) = (uid, gid);
    (entry, content)
}

/// The same with an extended attribute.
pub(crate) fn marked((mut entry, content): Member, name: &str, value: &[u8]) -> Member {
    let name = name.as_bytes().to_vec();
    entry.xattrs.insert(name, value.to_vec());
    (entry, content)
}

fn new(path: &str, kind: EntryKind, mode: u32) -> Entry {
    let path = TreePath::parse(path).expect("a valid path");
    let mut entry = Entry::new(path, kind, mode);
    entry.mtime = 1_000_000_000;
    entry
}

/// What both shapes have: a usr-merged Debian of a few files, with odd modes, owners and attributes.
fn merged() -> Vec<Member> {
    let mut members = vec![
        directory("/etc", 0o755),
        file(
            "/etc/passwd",
            0o644,
            "root:x:0:0::/root:/bin/sh\nchrony:x:102:103::/:/bin/sh\n",
        ),
        file("/etc/group", 0o644, "root:x:0:\nchrony:x:103:\n"),
        file("/etc/login.defs", 0o644, "PASS_MAX_DAYS 99999\n"),
        owned(directory("/etc/chrony", 0o2750), 0, 103),
        marked(
            owned(
                file("/etc/chrony/chrony.keys", 0o640, "KEY=old\n"),
                102,
                103,
            ),
            "user.note",
            b"kept\0",
        ),
        directory("/etc/sudoers.d", 0o750),
        file("/etc/sudoers.d/README", 0o440, "# read me\n"),
        directory("/etc/gone", 0o755),
        directory("/etc/gone/deep", 0o755),
        file("/etc/gone/deep/file", 0o644, "gone\n"),
        file("/etc/gone-file", 0o644, "gone\n"),
        directory("/etc/replaced", 0o700),
        file("/etc/replaced/old", 0o644, "old\n"),
        directory("/etc/ssl/certs", 0o755),
        file("/etc/ssl/certs/ca-certificates.crt", 0o644, ""),
        symlink("/etc/os-release", "../usr/lib/os-release"),
        symlink("/bin", "usr/bin"),
        symlink("/lib", "usr/lib"),
        symlink("/sbin", "usr/sbin"),
        directory("/usr/bin", 0o755),
        marked(
            file("/usr/bin/ping", 0o755, "ping"),
            "security.capability",
            &[
                1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ],
        ),
        file("/usr/bin/perl", 0o755, "perl"),
        hardlink("/usr/bin/perl5", "/usr/bin/perl", 0o755),
        file("/usr/bin/sudo", 0o4755, "sudo"),
        marked(directory("/usr/lib", 0o755), "user.place", b"lib"),
        directory("/usr/lib/modprobe.d", 0o711),
        file(
            "/usr/lib/os-release",
            0o644,
            "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
        ),
        directory("/usr/sbin", 0o755),
        directory("/tmp", 0o1777),
    ];
    for path in ["/usr", "/usr/share", "/etc/ssl", "/var/tmp", "/var"] {
        let mode = if path == "/var/tmp" { 0o1777 } else { 0o755 };
        members.push(directory(path, mode));
    }
    members
}

/// A usr-merged base whose other directories are where they always were.
pub(crate) fn usr_merged() -> Vec<Member> {
    let mut members = merged();
    members.extend([
        directory("/home", 0o755),
        directory("/opt", 0o755),
        directory("/root", 0o700),
        owned(directory("/srv", 0o2775), 0, 33),
        owned(directory("/usr/local", 0o2775), 0, 50),
        owned(directory("/usr/local/bin", 0o2775), 0, 50),
    ]);
    sorted(members)
}

/// A base of the shape that bootc wants, where what is kept over updates lies in /var.
pub(crate) fn bootc_shaped() -> Vec<Member> {
    let mut members = merged();
    members.extend([
        symlink("/home", "var/home"),
        symlink("/opt", "var/opt"),
        symlink("/root", "var/roothome"),
        symlink("/srv", "var/srv"),
        symlink("/usr/local", "../var/usrlocal"),
        directory("/var/home", 0o755),
        directory("/var/opt", 0o755),
        directory("/var/roothome", 0o700),
        owned(directory("/var/srv", 0o2775), 0, 33),
        owned(directory("/var/usrlocal", 0o2775), 0, 50),
        owned(directory("/var/usrlocal/bin", 0o2775), 0, 50),
    ]);
    sorted(members)
}

/// Entries in the order of their paths.
pub(crate) fn sorted(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by(|one, other| one.0.path.cmp(&other.0.path));
    members
}

/// Writes an image into a layout under the tag `base`; without an index when there is one platform.
pub(crate) fn layout(folder: &Path, platforms: &Platforms<'_>) {
    let scratch = tempfile::tempdir().expect("a temporary directory");
    let store = Store::open(scratch.path()).expect("opens");
    let platforms: Vec<PlatformImage> = platforms
        .iter()
        .map(|(name, layers)| platform(&store, name, layers))
        .collect();
    let root = match platforms.as_slice() {
        [only] => only.document.clone(),
        several => {
            let images = several.iter().map(|one| one.document.descriptor.clone());
            let bytes = sorted_json(&index(images.collect(), []));
            document(&store, MediaType::ImageIndex, bytes)
        }
    };
    export_layout(&Image { root, platforms }, &store, folder, "base").expect("exports");
}

fn platform(store: &Store, name: &str, layers: &[Vec<Member>]) -> PlatformImage {
    let packed: Vec<Packed> = layers.iter().map(|layer| pack(store, layer)).collect();
    let diff_ids: Vec<_> = packed.iter().map(|layer| layer.diff_id).collect();
    let platform = parse_platform(name).expect("a valid platform");
    let config = json!({
        "architecture": platform.architecture().to_string(),
        "os": "linux",
        "config": { "Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin"] },
        "created": "2001-09-09T01:46:40Z",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "vendor": "kept",
    });
    let config = document(store, config_type(), sorted_json(&config)).descriptor;
    let manifest = manifest(config, packed.iter().map(Packed::descriptor).collect(), []);
    let mut document = document(store, MediaType::ImageManifest, sorted_json(&manifest));
    document.descriptor.set_platform(Some(platform));
    PlatformImage::new(document, manifest)
}

fn pack(store: &Store, members: &[Member]) -> Packed {
    let packed = store.pack::<Error>(Codec::Gzip, |writer| {
        for (entry, content) in members {
            writer.append(entry, &mut content.as_slice())?;
        }
        Ok(())
    });
    packed.expect("packs")
}

fn document(store: &Store, media_type: MediaType, bytes: Vec<u8>) -> Document {
    let descriptor = store.put_document(media_type, &bytes).expect("kept");
    Document { descriptor, bytes }
}
