//! A site as an OCI artifact: one layer with all of its files, as `oras`, ocipkg and image tools read.
//!
//! The manifest has the empty config and the type [`ARTIFACT_TYPE`] (image-spec, manifest.md,
//! "guidelines for artifact usage"). The layer is a tar of plain files, compressed with gzip, which
//! all of those tools know; its annotations make `oras pull` unpack it. The same files give the same
//! digest.

use std::io::Read;

use crate::oci::{
    BlobError, BlobSource, Descriptor, Digest, Document, EMPTY_CONFIG, Image, MediaType,
    PlatformImage, descriptor, manifest, sorted_json,
};
use crate::path::TreePath;
use crate::store::Store;
use crate::tree::{Codec, Entry, EntryKind, Packed};

use super::output::file::{Content, File, Files, PRIVATE, RelativePath};

/// The type of the artifact.
pub const ARTIFACT_TYPE: &str = "application/vnd.terroir.kickstart.v1";
/// The annotation with the name of what a layer holds.
const TITLE: &str = "org.opencontainers.image.title";
/// The annotations by which `oras` unpacks a layer into a folder of its title.
const UNPACK: &str = "io.deis.oras.content.unpack";
const UNPACKED_DIGEST: &str = "io.deis.oras.content.digest";
/// Most bytes that a site may have after unpacking.
const MAX_BYTES: u64 = 2 << 30;
/// Most files that a site may have.
const MAX_FILES: usize = 2_000_000;

/// What is wrong with an artifact, or with what is to become one.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A file that must not leave the machine.
    #[error("{path} {why}")]
    Secret {
        /// The file.
        path: String,
        /// What of it is a secret.
        why: String,
    },
    /// Not what `kickstart push` writes.
    #[error("it is not a site: {0}")]
    Kind(String),
    /// An entry that would leave the folder, or that is not a regular file.
    #[error("its entry {path:?} {why}; nothing was written")]
    Entry {
        /// The path as the archive has it.
        path: String,
        /// Why it is refused.
        why: &'static str,
    },
    /// A blob cannot be read or has another digest.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// The archive cannot be read or written.
    #[error("its archive cannot be read or written")]
    Archive(#[source] std::io::Error),
}

/// Makes an artifact of files and keeps its blobs in the store.
///
/// # Errors
/// Files that hold secrets; a store that fails.
pub fn site_artifact(files: &Files, title: &str, store: &Store) -> Result<Image, ArtifactError> {
    refuse_secrets(files)?;
    let packed: Packed = store.pack(Codec::Gzip, |writer| {
        for (path, file) in files {
            let bytes = file.content.bytes();
            let entry = entry(path, file, bytes.len() as u64)?;
            let mut content: &[u8] = bytes;
            writer
                .append(&entry, &mut content)
                .map_err(|error| ArtifactError::Kind(error.to_string()))?;
        }
        Ok::<_, ArtifactError>(())
    })?;
    let layer = annotated(
        packed.descriptor(),
        &[
            (TITLE, title.to_owned()),
            (UNPACK, "true".to_owned()),
            (UNPACKED_DIGEST, packed.diff_id.to_string()),
        ],
    );
    let config = store.put_document(MediaType::EmptyJSON, EMPTY_CONFIG)?;
    let mut manifest = manifest(config, vec![layer], [(TITLE.to_owned(), title.to_owned())]);
    manifest.set_artifact_type(Some(MediaType::Other(ARTIFACT_TYPE.to_owned())));
    let bytes = sorted_json(&manifest);
    store.put_document(MediaType::ImageManifest, &bytes)?;
    let document = Document {
        descriptor: descriptor(
            MediaType::ImageManifest,
            &Digest::of(&bytes),
            bytes.len() as u64,
        ),
        bytes,
    };
    Ok(Image {
        root: document.clone(),
        platforms: vec![PlatformImage::new(document, manifest)],
    })
}

/// Refuses files that only the server of the site may have.
fn refuse_secrets(files: &Files) -> Result<(), ArtifactError> {
    for (path, file) in files {
        let refuse = |why: &str| {
            Err(ArtifactError::Secret {
                path: path.to_string(),
                why: why.to_owned(),
            })
        };
        if path.as_str().starts_with("http/secrets/") || file.mode == PRIVATE {
            return refuse("is a secret; render the site without --secrets and push that");
        }
        let Content::Text(text) = &file.content else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if let Some(what) = super::check::consistency::secret(line) {
                return refuse(&format!("has {what} in line {}", number + 1));
            }
        }
    }
    Ok(())
}

pub(super) fn entry(path: &RelativePath, file: &File, size: u64) -> Result<Entry, ArtifactError> {
    let place = TreePath::parse(path.as_str()).map_err(|_| ArtifactError::Entry {
        path: path.to_string(),
        why: "is not a path of an archive",
    })?;
    Ok(Entry {
        path: place,
        kind: EntryKind::File { size },
        mode: file.mode,
        uid: 0,
        gid: 0,
        mtime: 0,
        xattrs: std::collections::BTreeMap::new(),
    })
}

fn annotated(mut blob: Descriptor, annotations: &[(&str, String)]) -> Descriptor {
    let mut all = blob.annotations().clone().unwrap_or_default();
    for (key, value) in annotations {
        all.insert((*key).to_owned(), value.clone());
    }
    blob.set_annotations(Some(all));
    blob
}

/// The name of what was pushed: of the inventory without its ending, or of the folder.
#[must_use]
pub fn artifact_title(image: &Image) -> String {
    let manifest = image.platforms.first().map(|only| &only.manifest);
    let notes = manifest.and_then(|manifest| manifest.annotations().as_ref());
    let title = notes.and_then(|notes| notes.get(TITLE));
    title.cloned().unwrap_or_default()
}

/// Reads the files of an artifact; every digest is verified before anything of it is given.
///
/// # Errors
/// Other artifacts and images; blobs that are not what their digests say; entries that are absolute,
/// climb out, are links or devices, or stand there twice.
pub fn artifact_files(image: &Image, source: &dyn BlobSource) -> Result<Files, ArtifactError> {
    let [only] = image.platforms.as_slice() else {
        return Err(ArtifactError::Kind("it is an image index".to_owned()));
    };
    let kind = only.manifest.artifact_type().as_ref();
    let kind = kind.map(ToString::to_string);
    if kind.as_deref() != Some(ARTIFACT_TYPE) {
        let found = kind.unwrap_or_else(|| "an image".to_owned());
        return Err(ArtifactError::Kind(format!("it is {found}")));
    }
    let mut files = Files::new();
    let mut left = MAX_BYTES;
    for layer in only.manifest.layers() {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(source.open(layer)?));
        let entries = archive.entries().map_err(ArtifactError::Archive)?;
        for entry in entries {
            let mut entry = entry.map_err(ArtifactError::Archive)?;
            take(&mut entry, &mut files, &mut left)?;
        }
        // The decoder stops before the end of the blob, where its digest is verified.
        let mut rest = archive.into_inner().into_inner();
        std::io::copy(&mut rest, &mut std::io::sink()).map_err(ArtifactError::Archive)?;
    }
    Ok(files)
}

/// Takes one entry of an archive.
fn take<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    files: &mut Files,
    left: &mut u64,
) -> Result<(), ArtifactError> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let refuse = |why| {
        Err(ArtifactError::Entry {
            path: name.clone(),
            why,
        })
    };
    let kind = entry.header().entry_type();
    let is_folder = kind.is_dir();
    if !is_folder && !kind.is_file() {
        return refuse("is not a regular file");
    }
    if name.starts_with('/') {
        return refuse("is absolute");
    }
    let inside = name.strip_prefix("./").unwrap_or(&name);
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    if is_folder && (inside.is_empty() || inside == ".") {
        return Ok(());
    }
    let Some(path) = RelativePath::new(inside) else {
        return refuse("leads elsewhere");
    };
    if is_folder {
        return Ok(());
    }
    let mode = entry.header().mode().unwrap_or(0o644);
    let mut bytes = Vec::new();
    let read = entry.take(*left + 1).read_to_end(&mut bytes);
    read.map_err(ArtifactError::Archive)?;
    *left = match left.checked_sub(bytes.len() as u64) {
        Some(left) if files.len() < MAX_FILES => left,
        _ => return refuse("is more than a site may have"),
    };
    let content = match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(error) => Content::Bytes(error.into_bytes()),
    };
    let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
    if files.insert(path, File { content, mode }).is_some() {
        return refuse("is there twice");
    }
    Ok(())
}
