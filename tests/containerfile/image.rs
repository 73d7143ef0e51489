//! An image as its blobs describe it: the root of all its layers, and its configuration.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;
use terroir::oci::Digest;

/// What lies at each path of a root, in words.
pub(crate) type Root = BTreeMap<String, String>;

/// Paths that each builder fills as it likes, with everything below them.
const NOISE: [&str; 8] = [
    // The record of terroir.
    "usr/lib/terroir",
    // Mount points of either builder.
    "dev",
    "proc",
    "sys",
    "run",
    "etc/hosts",
    "etc/hostname",
    "etc/resolv.conf",
];

/// The labels that each builder adds by itself.
const LABELS: [&str; 3] = [
    "io.buildah.version",
    "io.terroir.record",
    "org.opencontainers.image.title",
];

/// An entry of a root.
#[derive(Clone, Debug)]
struct Node {
    text: String,
    is_folder: bool,
    /// The same number is the same file.
    file: usize,
}

/// The root and the configuration of the image with a digest, whose blobs are in some folders.
pub(crate) fn read(blobs: &[PathBuf], digest: &str) -> (Root, Value) {
    let document = |digest: &str| -> Value {
        serde_json::from_slice(&blob(blobs, digest)).expect("a blob that is JSON")
    };
    let mut manifest = document(digest);
    if let Some(first) = manifest.pointer("/manifests/0/digest") {
        manifest = document(text(first));
    }
    let config = document(text(&manifest["config"]["digest"]));
    let mut root = BTreeMap::new();
    let mut files = 0;
    for layer in manifest["layers"].as_array().expect("layers") {
        let bytes = opened(&blob(blobs, text(&layer["digest"])));
        apply(&bytes, &mut root, &mut files);
    }
    (named(root), execution(&config))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn blob(blobs: &[PathBuf], digest: &str) -> Vec<u8> {
    let hex = digest.strip_prefix("sha256:").expect("a digest");
    let files = blobs.iter().map(|folder| folder.join("sha256").join(hex));
    let found = files.into_iter().find_map(|file| std::fs::read(file).ok());
    found.expect("the blob is there")
}

fn opened(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match bytes {
        [0x1f, 0x8b, ..] => {
            let mut reader = flate2::read::MultiGzDecoder::new(bytes);
            reader.read_to_end(&mut out).expect("gzip");
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => out = zstd::decode_all(bytes).expect("zstd"),
        plain => out = plain.to_vec(),
    }
    out
}

/// Puts a layer over a root (OCI image-spec, layer.md).
fn apply(layer: &[u8], root: &mut BTreeMap<String, Node>, files: &mut usize) {
    let mut archive = tar::Archive::new(layer);
    let mut fresh: Vec<String> = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = path.trim_start_matches("./").trim_matches('/').to_owned();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let below = |root: &mut BTreeMap<String, Node>, top: &str, fresh: &[String]| {
            root.retain(|held, _| {
                let inside = top.is_empty() || held.starts_with(&format!("{top}/"));
                !inside || fresh.contains(held)
            });
        };
        if name == ".wh..wh..opq" {
            below(root, folder, &fresh);
            continue;
        }
        if let Some(gone) = name.strip_prefix(".wh.") {
            let gone = match folder {
                "" => gone.to_owned(),
                folder => format!("{folder}/{gone}"),
            };
            root.remove(&gone);
            below(root, &gone, &[]);
            continue;
        }
        let node = match entry.header().entry_type() {
            tar::EntryType::Link => {
                let target = entry.link_name_bytes().expect("a target").into_owned();
                let target = String::from_utf8_lossy(&target).into_owned();
                let target = target.trim_start_matches("./").trim_matches('/');
                root[target].clone()
            }
            _ => {
                *files += 1;
                Node {
                    text: words(&mut entry),
                    is_folder: entry.header().entry_type().is_dir(),
                    file: *files,
                }
            }
        };
        if !node.is_folder {
            below(root, &path, &[]);
        }
        root.insert(path.clone(), node);
        fresh.push(path);
    }
}

/// Type, mode, owner, attributes, and what it holds or points at.
fn words<R: Read>(entry: &mut tar::Entry<'_, R>) -> String {
    let header = entry.header().clone();
    let kind = header.entry_type();
    let number = |value: std::io::Result<u64>| value.expect("a number");
    let mut text = format!(
        "{kind:?} {:04o} {}:{}",
        header.mode().expect("a mode") & 0o7777,
        number(header.uid()),
        number(header.gid())
    );
    if kind.is_symlink() {
        let target = entry.link_name_bytes().unwrap_or_default();
        // The mode of a link has no meaning.
        return format!(
            "-> {} {}:{}",
            String::from_utf8_lossy(&target),
            number(header.uid()),
            number(header.gid())
        );
    }
    let mut marks = Vec::new();
    for extension in entry.pax_extensions().ok().flatten().into_iter().flatten() {
        let extension = extension.expect("a pax record");
        let key = String::from_utf8_lossy(extension.key_bytes()).into_owned();
        if let Some(name) = key.strip_prefix("SCHILY.xattr.") {
            marks.push(format!(" {name}={:?}", extension.value_bytes()));
        }
    }
    marks.sort();
    text += &marks.concat();
    if kind.is_file() {
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("whole");
        text += &match String::from_utf8(content) {
            Ok(content) if content.len() < 2000 => format!(" {content:?}"),
            Ok(content) => format!(" {}", Digest::of(content.as_bytes()).short()),
            Err(bytes) => format!(" {}", Digest::of(bytes.as_bytes()).short()),
        };
    }
    text
}

/// The words of each path; names of one file say so.
fn named(root: BTreeMap<String, Node>) -> Root {
    let mut names: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (path, node) in &root {
        names.entry(node.file).or_default().push(path.clone());
    }
    let is_noise = |path: &str| {
        NOISE.iter().any(|noise| {
            path.strip_prefix(noise)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    root.into_iter()
        .filter(|(path, _)| !path.is_empty() && !is_noise(path))
        .map(|(path, node)| {
            let same = &names[&node.file];
            let same = match same.len() {
                1 => String::new(),
                _ => format!(" = {}", same.join(" = ")),
            };
            (path, node.text + &same)
        })
        .collect()
}

/// The container settings of a configuration, in one form.
fn execution(config: &Value) -> Value {
    let mut execution = config["config"].clone();
    let Some(map) = execution.as_object_mut() else {
        return execution;
    };
    if let Some(labels) = map.get_mut("Labels").and_then(Value::as_object_mut) {
        LABELS.iter().for_each(|label| drop(labels.remove(*label)));
    }
    // The order of variables matters only for a variable that occurs twice.
    if let Some(variables) = map.get_mut("Env").and_then(Value::as_array_mut) {
        let name = |one: &Value| text(one).split('=').next().unwrap_or_default().to_owned();
        variables.sort_by_key(name);
    }
    map.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    });
    if let Some(author) = config.get("author").filter(|author| **author != "") {
        map.insert("author".into(), author.clone());
    }
    execution
}
