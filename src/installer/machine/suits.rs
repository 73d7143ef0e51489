//! Images whose machines could not open their root, or not find it.

use super::error::InstallError;
use super::work::Work;
use crate::bootable::disk;
use crate::bootable::lint::{Root, cannot_activate, cannot_encrypt};
use crate::engine;
use crate::oci::{BlobSink as _, BlobSource, PlatformImage};

/// Refuses an image whose machines could not open a root by a method, or not find it on a logical volume.
///
/// Its layers come into the store: they are looked into more than once.
pub(super) fn suits(
    (image, blobs): (&PlatformImage, &dyn BlobSource),
    (method, is_logical): (Option<&'static str>, bool),
    work: &Work,
) -> Result<(), InstallError> {
    if method.is_none() && !is_logical {
        return Ok(());
    }
    let failed = |error| InstallError::from(engine::Error::from(error));
    for layer in image.manifest.layers() {
        if !work.store.has(layer).map_err(failed)? {
            (work.say)("fetching a layer");
            let mut blob = blobs.open(layer).map_err(failed)?;
            work.store.put(layer, &mut blob).map_err(failed)?;
        }
    }
    (work.say)("looking for what opens the root");
    let root = Root::of_image(image, blobs).map_err(disk::Error::from)?;
    let against = method.map_or_else(Vec::new, |method| cannot_encrypt(&root, method));
    if let Some(method) = method.filter(|_| !against.is_empty()) {
        let why = against.join("; ");
        return Err(InstallError::Encryption { method, why });
    }
    let against = match is_logical {
        true => cannot_activate(&root),
        false => Vec::new(),
    };
    match against.is_empty() {
        true => Ok(()),
        false => Err(InstallError::Logical(against.join("; "))),
    }
}
