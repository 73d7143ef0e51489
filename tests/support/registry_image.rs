//! Images made in memory, and a source that has their blobs.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write as _};

use serde_json::json;
use terroir::oci::{
    BlobError, BlobSource, Descriptor, Digest, Document, Image, MediaType, PlatformImage,
    config_type, descriptor, index, layer_type, manifest, parse_platform, sorted_json,
};

/// Blobs in memory; it gives what it has, without verifying it.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// Takes a blob.
    pub(crate) fn add(&mut self, kind: MediaType, bytes: Vec<u8>) -> Descriptor {
        let digest = Digest::of(&bytes);
        let size = bytes.len() as u64;
        self.blobs.insert(digest.to_string(), bytes);
        descriptor(kind, &digest, size)
    }

    /// Takes a document, sorted.
    pub(crate) fn document(&mut self, kind: MediaType, value: &impl serde::Serialize) -> Document {
        let bytes = sorted_json(value);
        Document {
            descriptor: self.add(kind, bytes.clone()),
            bytes,
        }
    }
}

impl BlobSource for Memory {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let digest = descriptor.digest().to_string();
        match self.blobs.get(&digest) {
            Some(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
            None => Err(BlobError::Missing {
                digest: digest.parse().expect("tests use sha256"),
                place: "memory".into(),
            }),
        }
    }
}

/// A layer of so many bytes, different for each number; compressed, so other programs can read it.
pub(crate) fn layer(number: u64, size: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(size)
    .collect();
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(0o644);
    let mut archive = tar::Builder::new(Vec::new());
    archive
        .append_data(&mut header, format!("file-{number}"), &*noise)
        .expect("memory takes everything");
    let archive = archive.into_inner().expect("memory takes everything");
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(&archive).expect("memory takes everything");
    out.finish().expect("memory takes everything")
}

/// An image for one platform with these layers.
pub(crate) fn image(layers: &[Vec<u8>]) -> (Image, Memory) {
    let mut memory = Memory::default();
    let described: Vec<Descriptor> = layers
        .iter()
        .map(|layer| memory.add(layer_type("gzip"), layer.clone()))
        .collect();
    let diff_ids: Vec<String> = layers.iter().map(|layer| diff_id(layer)).collect();
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let config = memory.document(config_type(), &config).descriptor;
    // Some canonical JSON leaves a newline raw.
    let note = (
        "org.opencontainers.image.title".to_owned(),
        "two\nlines".to_owned(),
    );
    let manifest = manifest(config, described, [note]);
    let mut document = memory.document(MediaType::ImageManifest, &manifest);
    let platform = parse_platform("linux/amd64").expect("a valid platform");
    document.descriptor.set_platform(Some(platform));
    let index = index(vec![document.descriptor.clone()], []);
    let root = memory.document(MediaType::ImageIndex, &index);
    let platforms = vec![PlatformImage::new(document, manifest)];
    (Image { root, platforms }, memory)
}

fn diff_id(layer: &[u8]) -> String {
    let mut archive = Vec::new();
    flate2::read::GzDecoder::new(layer)
        .read_to_end(&mut archive)
        .expect("the layer was compressed here");
    Digest::of(&archive).to_string()
}

/// The same image with an attestation beside its platform, as buildkit adds them.
pub(crate) fn attested(image: &Image, memory: &mut Memory) -> Image {
    let statement = memory.add(
        MediaType::from("application/vnd.in-toto+json"),
        b"{}".to_vec(),
    );
    let config = memory.document(config_type(), &json!({ "architecture": "unknown" }));
    let attestation = manifest(config.descriptor, vec![statement], []);
    let mut child = memory
        .document(MediaType::ImageManifest, &attestation)
        .descriptor;
    child.set_platform(parse_platform("unknown/unknown"));
    let platform = image.platforms[0].document.descriptor.clone();
    Image {
        root: memory.document(MediaType::ImageIndex, &index(vec![platform, child], [])),
        platforms: image.platforms.clone(),
    }
}
