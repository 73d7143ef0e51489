//! Everything that an image consists of, from its root downwards.

use std::collections::BTreeSet;

use crate::oci::{BlobError, BlobSource, Descriptor, MAX_DOCUMENT, MediaType, is_index};
use crate::oci::{parse_index, parse_manifest};

/// Most indexes that are nested in each other.
const MAX_DEPTH: usize = 4;

/// Visits a root and all below it: indexes, manifests, configs and layers.
///
/// Where a document cannot be read, `unreadable` decides whether that is an error.
pub(in crate::store) fn walk(
    source: &dyn BlobSource,
    root: &Descriptor,
    unreadable: &dyn Fn(BlobError) -> Result<(), BlobError>,
    visit: &mut dyn FnMut(&Descriptor),
) -> Result<(), BlobError> {
    let mut open = vec![(root.clone(), 0)];
    // Indexes that name each other many times over would never end.
    let mut seen = BTreeSet::new();
    while let Some((descriptor, depth)) = open.pop() {
        if !seen.insert(descriptor.digest().to_string()) {
            continue;
        }
        let index = is_index(descriptor.media_type());
        if !index && !is_manifest(descriptor.media_type()) {
            visit(&descriptor);
            continue;
        }
        match below(source, &descriptor, index, depth) {
            Ok(below) => {
                visit(&descriptor);
                open.extend(below.into_iter().map(|one| (one, depth + 1)));
            }
            Err(error) => unreadable(error)?,
        }
    }
    Ok(())
}

/// What a document names.
fn below(
    source: &dyn BlobSource,
    descriptor: &Descriptor,
    index: bool,
    depth: usize,
) -> Result<Vec<Descriptor>, BlobError> {
    let invalid = |why: String| BlobError::Descriptor(format!("{}: {why}", descriptor.digest()));
    if depth > MAX_DEPTH {
        return Err(invalid(format!("more than {MAX_DEPTH} nested indexes")));
    }
    let bytes = source.read(descriptor, MAX_DOCUMENT)?;
    if index {
        let index = parse_index(&bytes).map_err(|error| invalid(error.to_string()))?;
        Ok(index.manifests().clone())
    } else {
        let manifest = parse_manifest(&bytes).map_err(|error| invalid(error.to_string()))?;
        let mut all = manifest.layers().clone();
        all.push(manifest.config().clone());
        Ok(all)
    }
}

fn is_manifest(media_type: &MediaType) -> bool {
    match media_type {
        MediaType::ImageManifest => true,
        MediaType::Other(name) => name == "application/vnd.docker.distribution.manifest.v2+json",
        _ => false,
    }
}
