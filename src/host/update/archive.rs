//! A commit from an archive instead of layers, when the registry states it for the very image.

use super::step::Step;
use crate::bootable::ostree::{
    Archive, Layers, Repository, STATEMENT, Statement, image_reference, layer_reference, stated,
};
use crate::host::error::Error;
use crate::oci::{BlobSource as _, Descriptor, Digest, Image, MAX_DOCUMENT};
use crate::registry::{Reference, Registry};

/// Most statements of one image that are read.
const MOST: usize = 16;

/// Fetches the commit of an image from an archive, unless nothing has to be fetched. Whatever stands
/// against it is said, and the layers are there to be fetched.
pub(super) fn from_archive(
    archive: &Archive,
    repository: &Repository,
    image: &Layers,
    (registry, places): (&Registry, &[Reference]),
    step: &mut dyn FnMut(Step),
) -> Result<(), Error> {
    if is_known(repository, image)? {
        return Ok(());
    }
    let fetched = statement(registry, places, &image.manifest).and_then(|statement| {
        step(Step::Archive(statement.commit.to_string()));
        let fetched = archive.fetch(repository, &statement, image);
        fetched.map_err(|error| error.to_string())
    });
    match fetched {
        Ok(said) => step(Step::Fetched(said)),
        Err(why) => step(Step::ArchiveFailed(why)),
    }
    Ok(())
}

/// Whether nothing has to be fetched: the image or all of its layers are there.
fn is_known(repository: &Repository, image: &Layers) -> Result<bool, Error> {
    if repository
        .resolve(&image_reference(&image.manifest))?
        .is_some()
    {
        return Ok(true);
    }
    for diff_id in &image.diff_ids {
        if repository.resolve(&layer_reference(diff_id))?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The statement about an image, from the first place that has one to go by; else why there is none.
fn statement(
    registry: &Registry,
    places: &[Reference],
    image: &Digest,
) -> Result<Statement, String> {
    let mut why = String::new();
    for place in places {
        let found = statements(registry, place, image).and_then(|all| stated(&all, image));
        match found {
            Ok(found) => return Ok(found),
            Err(error) => why = format!("{place}: {error}"),
        }
    }
    Err(why)
}

/// Every statement that is attached to an image in a repository.
fn statements(
    registry: &Registry,
    place: &Reference,
    image: &Digest,
) -> Result<Vec<Statement>, String> {
    let attached = registry.referrers(place, image, STATEMENT);
    let attached = attached.map_err(|error| error.to_string())?;
    let blobs = registry.blobs(place);
    let read = |one: &Descriptor| -> Result<Statement, String> {
        let artifact = Image::load(&blobs, one).map_err(|error| error.to_string())?;
        let [only] = artifact.platforms.as_slice() else {
            return Err("the statement is a list".to_owned());
        };
        let subject = only.manifest.subject().as_ref();
        let subject = subject.map(|subject| subject.digest().to_string());
        if subject.as_deref() != Some(image.to_string().as_str()) {
            return Err("the statement is attached to another image".to_owned());
        }
        let [document] = only.manifest.layers().as_slice() else {
            return Err("the statement is not one document".to_owned());
        };
        let bytes = blobs.read(document, MAX_DOCUMENT);
        Statement::read(&bytes.map_err(|error| error.to_string())?)
    };
    let read: Vec<Result<Statement, String>> = attached.iter().take(MOST).map(read).collect();
    // One that cannot be read, of a later format perhaps, takes nothing from the others.
    match read.iter().all(Result::is_err) {
        true => read.into_iter().collect(),
        false => Ok(read.into_iter().filter_map(Result::ok).collect()),
    }
}
