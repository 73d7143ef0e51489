//! OCI layouts made by hand, byte by byte, so they can be wrong.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use terroir::oci::Digest;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// A layout that a test fills.
pub(crate) struct Layout {
    root: PathBuf,
}

/// One layer: its media type, its bytes and the diff ID that the config states.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) diff_id: String,
}

impl Layer {
    /// A plain archive with correct descriptors.
    pub(crate) fn plain(bytes: Vec<u8>) -> Self {
        Self {
            kind: LAYER,
            diff_id: Digest::of(&bytes).to_string(),
            bytes,
        }
    }
}

impl Layout {
    /// An empty layout.
    pub(crate) fn new(root: &Path) -> Self {
        std::fs::create_dir_all(root.join("blobs/sha256")).expect("made");
        let head = r#"{"imageLayoutVersion":"1.0.0"}"#;
        std::fs::write(root.join("oci-layout"), head).expect("written");
        Self {
            root: root.to_path_buf(),
        }
    }

    /// The file of a blob.
    pub(crate) fn file(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").expect("a digest");
        self.root.join("blobs/sha256").join(hex)
    }

    /// Takes a blob and describes it.
    pub(crate) fn blob(&self, kind: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes).to_string();
        std::fs::write(self.file(&digest), bytes).expect("written");
        json!({ "mediaType": kind, "digest": digest, "size": bytes.len() })
    }

    /// Takes a document and describes it.
    pub(crate) fn document(&self, kind: &str, value: &Value) -> Value {
        self.blob(kind, value.to_string().as_bytes())
    }

    /// A manifest over layers, with a config whose `config` object is given.
    pub(crate) fn image(&self, layers: &[Layer], execution: &Value) -> Value {
        let ids: Vec<&str> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": execution,
            "rootfs": { "type": "layers", "diff_ids": ids },
        });
        let config = self.document(CONFIG, &config);
        let layers: Vec<Value> = layers
            .iter()
            .map(|layer| self.blob(layer.kind, &layer.bytes))
            .collect();
        self.document(
            MANIFEST,
            &json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers }),
        )
    }

    /// Lets the layout hold one image, under the tag `it`.
    pub(crate) fn tag(&self, mut root: Value) {
        root["annotations"] = json!({ "org.opencontainers.image.ref.name": "it" });
        self.index(&json!({ "schemaVersion": 2, "manifests": [root] }).to_string());
    }

    /// Writes index.json as it stands.
    pub(crate) fn index(&self, text: &str) {
        std::fs::write(self.root.join("index.json"), text).expect("written");
    }
}

/// One member of an archive.
pub(crate) enum Member<'a> {
    /// A file with its content.
    File(&'a str, &'a [u8]),
    /// A directory.
    Folder(&'a str),
    /// A symbolic link and what it points at.
    Link(&'a str, &'a str),
}

/// An archive of members, whose names are taken as they are.
pub(crate) fn archive(members: &[Member<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        let (name, kind, link, content) = match member {
            Member::File(name, content) => (name, b'0', "", *content),
            Member::Folder(name) => (name, b'5', "", &b""[..]),
            Member::Link(name, target) => (name, b'2', *target, &b""[..]),
        };
        push(&mut out, (name, kind, link), content);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// Adds one member to an archive that has no end yet.
pub(crate) fn push(out: &mut Vec<u8>, (name, kind, link): (&str, u8, &str), content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(if kind == b'5' { 0o755 } else { 0o644 });
    header.set_size(content.len() as u64);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    let old = header.as_old_mut();
    old.name[..name.len()].copy_from_slice(name.as_bytes());
    old.linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(512), 0);
}

/// The usual root: a usr-merged tree with an os-release and users.
pub(crate) fn root() -> Vec<u8> {
    archive(&[
        Member::Link("bin", "usr/bin"),
        Member::Folder("etc"),
        Member::File("etc/group", b"root:x:0:\nadm:x:4:\n"),
        Member::File("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
        Member::Link("lib", "usr/lib"),
        Member::Folder("usr"),
        Member::Folder("usr/bin"),
        Member::Folder("usr/lib"),
        Member::File(
            "usr/lib/os-release",
            b"ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
        ),
    ])
}
