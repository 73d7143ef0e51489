//! The index of an image layout and the tags in it (OCI image-spec, image-layout.md).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::oci::{Descriptor, ImageIndex, MAX_DOCUMENT, REF_NAME, index, parse_index, sorted_json};

use crate::store::Error;
use crate::store::file::Lock;
use crate::store::file::staged;

/// The content of the file `oci-layout`.
pub(in crate::store) const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Reads the index of a layout; a layout without one is empty.
pub(in crate::store) fn read_index(root: &Path) -> Result<ImageIndex, Error> {
    let path = root.join("index.json");
    let doing = || Error::io(format!("reading {}", path.display()));
    let mut bytes = Vec::new();
    match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(index(vec![], [])),
        file => file
            .map_err(doing())?
            .take(MAX_DOCUMENT)
            .read_to_end(&mut bytes)
            .map_err(doing())?,
    };
    parse_index(&bytes).map_err(|source| Error::Index { path, source })
}

/// The tags of an index, sorted.
pub(in crate::store) fn tags(index: &ImageIndex) -> Vec<(String, Descriptor)> {
    let mut tags: Vec<_> = index
        .manifests()
        .iter()
        .filter_map(|image| Some((name(image)?, image.clone())))
        .collect();
    tags.sort_by(|one, other| one.0.cmp(&other.0));
    tags
}

/// The image of a tag, or the only image of an index.
pub(in crate::store) fn pick(
    path: &Path,
    index: &ImageIndex,
    tag: Option<&str>,
) -> Result<Descriptor, Error> {
    let fits = |image: &&Descriptor| tag.is_none_or(|tag| name(image).as_deref() == Some(tag));
    let mut fitting = index.manifests().iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(image), None) => Ok(image.clone()),
        _ => Err(Error::Tag {
            path: path.to_path_buf(),
            wanted: tag.unwrap_or_default().to_owned(),
            known: tags(index).into_iter().map(|(name, _)| name).collect(),
        }),
    }
}

/// Names an image by an annotation.
pub(in crate::store) fn named(image: &Descriptor, tag: &str) -> Descriptor {
    let mut image = image.clone();
    let mut annotations = image.annotations().clone().unwrap_or_default();
    annotations.insert(REF_NAME.to_owned(), tag.to_owned());
    image.set_annotations(Some(annotations));
    image
}

/// Sets or takes away a tag of a layout, safe against others who do the same.
pub(in crate::store) fn set_tag(
    root: &Path,
    temporary: &Path,
    tag: &str,
    image: Option<&Descriptor>,
) -> Result<(), Error> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:@/+".contains(&byte);
    if tag.is_empty() || !tag.bytes().all(valid) {
        return Err(Error::TagName(tag.to_owned()));
    }
    let _alone = Lock::alone(&root.join("index.lock"))?;
    let old = read_index(root)?;
    let mut images = old.manifests().clone();
    images.retain(|other| name(other).as_deref() != Some(tag));
    images.extend(image.map(|image| named(image, tag)));
    images.sort_by_key(|image| (name(image), image.digest().to_string()));
    let annotations = old.annotations().clone().unwrap_or_default();
    let bytes = sorted_json(&index(images, annotations));
    // First everything the index names, then the index.
    sync_directory(&root.join("blobs/sha256"))?;
    staged::write(temporary, &root.join("index.json"), "the index", &bytes)?;
    sync_directory(root)
}

/// Brings the names in a directory to disk.
pub(super) fn sync_directory(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(Error::io(format!("syncing {}", path.display())))
}

fn name(image: &Descriptor) -> Option<String> {
    image.annotations().as_ref()?.get(REF_NAME).cloned()
}
