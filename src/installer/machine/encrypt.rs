//! Images whose machines could not open an encrypted root.

use super::error::InstallError;
use super::work::Work;
use crate::bootable::disk;
use crate::bootable::lint::{Root, cannot_encrypt};
use crate::engine;
use crate::oci::{BlobSink as _, BlobSource, PlatformImage};

/// Refuses such an image, whose layers come into the store: they are looked into more than once.
pub(super) fn may_encrypt(
    (image, blobs): (&PlatformImage, &dyn BlobSource),
    method: &'static str,
    work: &Work,
) -> Result<(), InstallError> {
    let failed = |error| InstallError::from(engine::Error::from(error));
    for layer in image.manifest.layers() {
        if !work.store.has(layer).map_err(failed)? {
            (work.say)("fetching a layer");
            let mut blob = blobs.open(layer).map_err(failed)?;
            work.store.put(layer, &mut blob).map_err(failed)?;
        }
    }
    (work.say)("looking for what opens an encrypted root");
    let root = Root::of_image(image, blobs).map_err(disk::Error::from)?;
    let against = cannot_encrypt(&root, method);
    match against.is_empty() {
        true => Ok(()),
        false => Err(InstallError::Encryption {
            method,
            why: against.join("; "),
        }),
    }
}
