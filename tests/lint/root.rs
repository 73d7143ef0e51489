//! Small images from lines of text, in memory and as folders.
//!
//! `d PATH MODE`, `f PATH MODE [= TEXT]`, `l PATH TARGET`, `- PATH`, each with `@UID:GID` at its end if
//! need be; `initramfs PATH NAME[=TEXT]…`; `layer` begins the next layer, `bare` one without the
//! folders above its entries; `frames N` cuts the layer's archive; `label KEY=VALUE`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::json;
use terroir::oci::{
    BlobError, BlobSource, Descriptor, Digest, Document, Hasher, MediaType, PlatformImage,
    config_type, descriptor, index, layer_type, manifest, parse_platform, sorted_json,
};
use terroir::path::TreePath;
use terroir::tree::{Codec, Entry, EntryKind, LayerWriter};

/// A layer that is being described.
#[derive(Clone, Debug, Default)]
struct Layer {
    entries: BTreeMap<TreePath, (Entry, Vec<u8>)>,
    is_bare: bool,
    frames: usize,
}

/// An image that is being described.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawn {
    layers: Vec<Layer>,
    labels: BTreeMap<String, String>,
}

/// Blobs in memory.
#[derive(Debug, Default)]
pub(crate) struct Blobs(BTreeMap<String, Vec<u8>>);

impl BlobSource for Blobs {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let bytes = self.0[&descriptor.digest().to_string()].clone();
        Ok(Box::new(std::io::Cursor::new(bytes)))
    }
}

impl Blobs {
    fn put(&mut self, media_type: MediaType, bytes: Vec<u8>) -> Document {
        let mut hasher = Hasher::default();
        hasher.write_all(&bytes).expect("in memory");
        let digest: Digest = hasher.finish().0;
        self.0.insert(digest.to_string(), bytes.clone());
        let descriptor = descriptor(media_type, &digest, bytes.len() as u64);
        Document { descriptor, bytes }
    }
}

impl Drawn {
    /// Takes lines in.
    pub(crate) fn draw(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with('#') {
                self.line(line);
            }
        }
    }

    /// Puts a file into the last layer.
    pub(crate) fn put(&mut self, at: &str, content: &[u8]) {
        let layer = self.layers.last_mut().expect("a layer");
        layer.put(file(at, 0o644, content));
    }

    /// Whether it says only what a folder can say too.
    pub(crate) fn is_like_a_folder(&self) -> bool {
        let [only] = self.layers.as_slice() else {
            return false;
        };
        let mut entries = only.entries.values();
        self.labels.is_empty()
            && !only.is_bare
            && only.frames < 2
            && entries.all(|(entry, _)| entry.uid == 0 && entry.gid == 0)
    }

    fn line(&mut self, line: &str) {
        if self.layers.is_empty() {
            self.layers.push(Layer::default());
        }
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let layer = self.layers.last_mut().expect("the first");
        match kind {
            "layer" => self.layers.push(Layer::default()),
            "bare" => layer.is_bare = true,
            "frames" => layer.frames = rest.parse().expect("a number"),
            "label" => {
                let (key, value) = rest.split_once('=').expect("a label");
                self.labels.insert(key.to_owned(), value.to_owned());
            }
            "-" => {
                let gone = path(rest);
                layer.entries.retain(|path, _| !path.starts_with(&gone));
            }
            "initramfs" => {
                let mut words = rest.split(' ');
                let at = words.next().expect("a path");
                layer.put(file(at, 0o644, &initramfs(words)));
            }
            _ => layer.put(entry(kind, rest)),
        }
    }

    /// The image and its blobs.
    pub(crate) fn image(&self) -> (PlatformImage, Blobs) {
        let mut blobs = Blobs::default();
        let mut layers = Vec::new();
        let mut diff_ids = Vec::new();
        for layer in &self.layers {
            let (tar, diff_id) = layer.archive();
            diff_ids.push(diff_id);
            layers.push(
                blobs
                    .put(layer_type("zstd"), layer.compressed(&tar))
                    .descriptor,
            );
        }
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": { "Labels": self.labels },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = blobs.put(config_type(), sorted_json(&config)).descriptor;
        let manifest = manifest(config, layers, []);
        let document = blobs.put(MediaType::ImageManifest, sorted_json(&manifest));
        (PlatformImage::new(document, manifest), blobs)
    }

    /// The layers as archives.
    pub(crate) fn archives(&self) -> Vec<Vec<u8>> {
        self.layers.iter().map(|layer| layer.archive().0).collect()
    }

    /// The layers as the image has them.
    pub(crate) fn compressed(&self) -> Vec<Vec<u8>> {
        let layers = self.layers.iter();
        layers
            .map(|layer| layer.compressed(&layer.archive().0))
            .collect()
    }

    /// Writes the image as a layout under the tag `base`.
    pub(crate) fn layout(&self, folder: &Path) {
        let (image, blobs) = self.image();
        let place = folder.join("blobs/sha256");
        fs::create_dir_all(&place).expect("made");
        for (digest, bytes) in &blobs.0 {
            let name = digest.strip_prefix("sha256:").expect("a digest");
            fs::write(place.join(name), bytes).expect("written");
        }
        let mut descriptor = image.document.descriptor;
        let name = "org.opencontainers.image.ref.name".to_owned();
        descriptor.set_annotations(Some([(name, "base".to_owned())].into()));
        descriptor.set_platform(parse_platform("linux/amd64"));
        let index = sorted_json(&index(vec![descriptor], []));
        fs::write(folder.join("index.json"), index).expect("written");
        let layout = "{\"imageLayoutVersion\":\"1.0.0\"}";
        fs::write(folder.join("oci-layout"), layout).expect("written");
    }

    /// Writes the only layer into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (entry, content) in self.layers[0].whole() {
            use std::os::unix::ffi::OsStrExt as _;
            let name = std::ffi::OsStr::from_bytes(entry.path.as_bytes());
            let name = name
                .as_bytes()
                .strip_prefix(b"/")
                .unwrap_or(name.as_bytes());
            let at = folder.join(std::ffi::OsStr::from_bytes(name));
            match &entry.kind {
                EntryKind::Directory => fs::create_dir_all(&at).expect("made"),
                EntryKind::Symlink { target } => {
                    let target = std::ffi::OsStr::from_bytes(target);
                    symlink(target, &at).expect("linked");
                    continue;
                }
                _ => fs::write(&at, &content).expect("written"),
            }
            let mode = fs::Permissions::from_mode(entry.mode);
            fs::set_permissions(&at, mode).expect("set");
        }
    }
}

impl Layer {
    fn put(&mut self, (entry, content): (Entry, Vec<u8>)) {
        self.entries.insert(entry.path.clone(), (entry, content));
    }

    /// The entries with the folders above them.
    fn whole(&self) -> Vec<(Entry, Vec<u8>)> {
        let mut all = self.entries.clone();
        for path in self.entries.keys().filter(|_| !self.is_bare) {
            for above in std::iter::successors(path.parent(), TreePath::parent) {
                if !above.is_root() {
                    let folder = Entry::new(above.clone(), EntryKind::Directory, 0o755);
                    all.entry(above).or_insert((folder, Vec::new()));
                }
            }
        }
        all.into_values().collect()
    }

    /// The archive with its diff ID.
    fn archive(&self) -> (Vec<u8>, Digest) {
        let mut writer = LayerWriter::new(Vec::new(), Codec::Gzip).expect("starts");
        for (entry, content) in self.whole() {
            writer
                .append(&entry, &mut content.as_slice())
                .expect("fits");
        }
        let (gzip, packed) = writer.finish().expect("ends");
        let mut tar = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(gzip.as_slice());
        decoder.read_to_end(&mut tar).expect("gzip");
        (tar, packed.diff_id)
    }

    fn compressed(&self, tar: &[u8]) -> Vec<u8> {
        let parts = tar.chunks(tar.len().div_ceil(self.frames.max(1)));
        let frames = parts.map(|part| zstd::bulk::compress(part, 3).expect("compresses"));
        frames.collect::<Vec<_>>().concat()
    }
}

fn path(text: &str) -> TreePath {
    TreePath::from_bytes(&unescaped(text)).expect("a path")
}

fn file(at: &str, mode: u32, content: &[u8]) -> (Entry, Vec<u8>) {
    let size = content.len() as u64;
    let entry = Entry::new(path(at), EntryKind::File { size }, mode);
    (entry, content.to_vec())
}

fn entry(kind: &str, rest: &str) -> (Entry, Vec<u8>) {
    let (rest, owner) = match rest.rsplit_once(" @") {
        Some((rest, owner)) => (rest, owner.split_once(':').expect("two numbers")),
        None => (rest, ("0", "0")),
    };
    let (head, content) = match rest.split_once(" = ") {
        Some((head, text)) => (head, unescaped(text)),
        None => (rest, Vec::new()),
    };
    let (at, second) = head.split_once(' ').expect("a path and something");
    let mode = || u32::from_str_radix(second, 8).expect("a mode");
    let target = unescaped(second);
    let (mut entry, content) = match kind {
        "d" => (Entry::new(path(at), EntryKind::Directory, mode()), content),
        "l" => (
            Entry::new(path(at), EntryKind::Symlink { target }, 0o777),
            content,
        ),
        "f" => file(at, mode(), &content),
        other => panic!("`{other}` is no line of a drawing"),
    };
    entry.uid = owner.0.parse().expect("a number");
    entry.gid = owner.1.parse().expect("a number");
    (entry, content)
}

/// A text with `\n` and `\xHH`.
fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend(before.bytes());
        rest = match after.strip_prefix('n') {
            Some(after) => {
                out.push(b'\n');
                after
            }
            None => {
                let (digits, after) = after.split_at(3);
                let byte = u8::from_str_radix(digits.trim_start_matches('x'), 16);
                out.push(byte.expect("two digits"));
                after
            }
        };
    }
    out.extend(rest.bytes());
    out
}

/// An archive of cpio in gzip, as dracut writes it.
fn initramfs<'a>(entries: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut archive = Vec::new();
    for entry in entries.chain(["TRAILER!!!"]) {
        if entry == "lz4" {
            return vec![0x02, 0x21, 0x4c, 0x18, 0, 0, 0, 0];
        }
        let (name, text) = entry.split_once('=').unwrap_or((entry, ""));
        let text = unescaped(text);
        let numbers = [
            1,
            0o100_644,
            0,
            0,
            1,
            0,
            text.len(),
            0,
            0,
            0,
            0,
            name.len() + 1,
            0,
        ];
        archive.extend(b"070701");
        for number in numbers {
            archive.extend(format!("{number:08X}").bytes());
        }
        archive.extend(name.bytes());
        archive.push(0);
        archive.resize(archive.len().next_multiple_of(4), 0);
        archive.extend(text);
        archive.resize(archive.len().next_multiple_of(4), 0);
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&archive).expect("in memory");
    gzip.finish().expect("in memory")
}
