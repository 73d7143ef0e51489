//! Small foreign images: a usr-merged tree without a flavour record, in an OCI layout.

use std::path::Path;

use terroir::oci::{Document, Image, MediaType, PlatformImage, config_type, manifest, sorted_json};
use terroir::path::TreePath;
use terroir::store::{Error, Store, export_layout};
use terroir::tree::{Codec, Entry, EntryKind};

/// What lies at a path of a foreign base.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// A directory.
    Directory,
    /// A link.
    Link(&'static str),
    /// A file.
    File(&'static str),
}

/// Writes an image of one layer to `oci:FOLDER:TAG`.
pub(crate) fn write_layout(folder: &Path, tag: &str, nodes: &[(&str, Node)]) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(scratch.path()).expect("a store");
    let mut nodes: Vec<_> = nodes.to_vec();
    nodes.sort_by_key(|(path, _)| path.as_bytes());
    let packed = store.pack::<Error>(Codec::Gzip, |writer| {
        for (path, node) in &nodes {
            let path = TreePath::parse(path).expect("a valid path");
            let (kind, mode, content) = match node {
                Node::Directory => (EntryKind::Directory, 0o755, ""),
                Node::Link(target) => {
                    let target = target.as_bytes().to_vec();
                    (EntryKind::Symlink { target }, 0o777, "")
                }
                Node::File(text) => (
                    EntryKind::File {
                        size: text.len() as u64,
                    },
                    0o644,
                    *text,
                ),
            };
            writer.append(&Entry::new(path, kind, mode), &mut content.as_bytes())?;
        }
        Ok(())
    });
    let packed = packed.expect("packs");
    let config = serde_json::json!({
        "architecture": "amd64",
        "os": "linux",
        "config": { "Cmd": ["/bin/sh"], "Labels": { "org.example.base": "kept" } },
        "rootfs": { "type": "layers", "diff_ids": [packed.diff_id.to_string()] },
        "history": [{ "created_by": "somebody else" }],
    });
    let config = store
        .put_document(config_type(), &sorted_json(&config))
        .expect("kept");
    let manifest = manifest(config, vec![packed.descriptor()], []);
    let bytes = sorted_json(&manifest);
    let descriptor = store
        .put_document(MediaType::ImageManifest, &bytes)
        .expect("kept");
    let document = Document { descriptor, bytes };
    let root = document.clone();
    let image = Image {
        root,
        platforms: vec![PlatformImage::new(document, manifest)],
    };
    export_layout(&image, &store, folder, tag).expect("exports");
}
