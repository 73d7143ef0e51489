//! Statements of what images were built of: a small manifest beside each image, under a tag that
//! names the image's digest, as signatures and SBOMs of other programs have it.

use std::collections::BTreeMap;

use super::publish::push_all;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Outside;
use crate::oci::{
    BlobSource as _, Digest, Document, EMPTY_CONFIG, Image, MAX_DOCUMENT, MediaType, PlatformImage,
    manifest, parse_manifest, sorted_json,
};
use crate::registry::{Error, Reference, Registry};

/// The type of the statement.
const KIND: &str = "application/vnd.terroir.inputs.v1+json";
/// The annotation with the digest of all that decides the image's bytes.
const ANNOTATION: &str = "io.terroir.inputs";

/// The tag of the statement about an image.
fn tag(image: &Digest) -> String {
    format!("sha256-{}.inputs", image.hex())
}

/// Reads a digest from a command line.
pub(in crate::cli) fn digest(text: &str) -> Result<Digest, Failure> {
    text.parse().map_err(|error| {
        Failure::new(Kind::Usage, &error).hint("`terroir pipeline` writes the digest into its jobs")
    })
}

/// States in each repository of some references what an image was built of.
pub(in crate::cli) fn state_inputs(
    session: &Session,
    outside: &Outside,
    (image, inputs): (&Image, &Digest),
    references: &[Reference],
) -> Result<(), Failure> {
    let failed = |error| Failure::new(Kind::Outside, &error);
    let store = outside.store();
    let empty = store
        .put_document(MediaType::EmptyJSON, EMPTY_CONFIG)
        .map_err(failed)?;
    let annotations = BTreeMap::from([(ANNOTATION.to_owned(), inputs.to_string())]);
    let mut statement = manifest(empty.clone(), vec![empty], annotations);
    statement.set_artifact_type(Some(MediaType::Other(KIND.to_owned())));
    let bytes = sorted_json(&statement);
    let descriptor = store
        .put_document(MediaType::ImageManifest, &bytes)
        .map_err(failed)?;
    let document = Document { descriptor, bytes };
    let artifact = Image {
        root: document.clone(),
        platforms: vec![PlatformImage::new(document, statement)],
    };
    let tag = tag(&Digest::of(&image.root.bytes));
    let mut places: Vec<Reference> = Vec::new();
    for reference in references {
        if !places.iter().any(|known| known.same_repository(reference)) {
            let place = reference.with_tag(&tag);
            places.push(place.map_err(|error| Failure::new(Kind::Bug, &error))?);
        }
    }
    push_all(session, &artifact, &outside.blobs(), &places).map(|_| ())
}

/// What an image in a registry was built of, if that is stated beside it.
pub(in crate::cli) fn stated_inputs(
    registry: &Registry,
    reference: &Reference,
    image: &Digest,
) -> Result<Option<Digest>, Error> {
    let place = reference.with_tag(&tag(image))?;
    let found = match registry.resolve(&place) {
        Ok(found) => found,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let bytes = registry.blobs(&place).read(&found, MAX_DOCUMENT);
    let bytes = bytes.map_err(Error::Source)?;
    let Ok(statement) = parse_manifest(&bytes) else {
        return Ok(None);
    };
    let annotations = statement.annotations().as_ref();
    let stated = annotations.and_then(|all| all.get(ANNOTATION));
    Ok(stated.and_then(|text| text.parse().ok()))
}
