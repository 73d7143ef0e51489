//! A snapshot of the layers of an image, and of files that are wanted besides settings.

use std::collections::BTreeSet;

use crate::oci::{BlobSource, Descriptor};
use crate::path::TreePath;

use crate::tree::{Error, Snapshot};

impl Snapshot {
    /// Reads layers, the lowest first, each once.
    ///
    /// # Errors
    /// A layer that cannot be read, or one that holds more than any root has.
    pub fn of_layers(layers: &[Descriptor], source: &dyn BlobSource) -> Result<Self, Error> {
        Self::of_layers_and(layers, source, BTreeSet::new())
    }

    /// Reads layers; `wanted` are files that are kept besides those that settings live in.
    ///
    /// # Errors
    /// A layer that cannot be read, or one that holds more than any root has.
    pub fn of_layers_and(
        layers: &[Descriptor],
        source: &dyn BlobSource,
        wanted: BTreeSet<TreePath>,
    ) -> Result<Self, Error> {
        let mut snapshot = Self::wanting(wanted);
        for layer in layers {
            let reader = source.open(layer).map_err(|error| {
                Error::io(
                    format!("opening the layer {}", layer.digest()),
                    std::io::Error::other(error),
                )
            })?;
            snapshot.layer(reader, layer.media_type())?;
        }
        Ok(snapshot)
    }
}
