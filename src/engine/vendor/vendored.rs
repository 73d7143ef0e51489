//! The packages and bases in an artifact.
//!
//! The artifact is a manifest of type [`TYPE`] with the empty config; every package file and every
//! base is one blob of it, named like a file in `org.opencontainers.image.title`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::engine::cache::keep;
use crate::engine::error::{Error, RunError};
use crate::engine::target::Found;
use crate::oci::{BlobSource, Descriptor, Digest, MediaType};
use crate::package::Resolved;

/// The type of the artifact.
pub(super) const TYPE: &str = "application/vnd.terroir.packages.v1";

/// The annotation with the diff ID of a base.
pub(super) const DIFF_ID: &str = "io.terroir.diff-id";

/// Packages and bases that somebody kept.
pub(in crate::engine) struct Vendored {
    place: String,
    packages: BTreeMap<Digest, Descriptor>,
    layers: BTreeMap<Digest, Descriptor>,
    blobs: Arc<dyn BlobSource>,
}

impl std::fmt::Debug for Vendored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vendored({})", self.place)
    }
}

impl Vendored {
    /// Reads what an artifact keeps.
    pub(in crate::engine) fn read(place: &str, (image, blobs): Found) -> Result<Self, Error> {
        let refuse = |why: &str| Error::Vendor {
            place: place.to_owned(),
            why: why.to_owned(),
        };
        let [only] = image.platforms.as_slice() else {
            return Err(refuse("it is an image"));
        };
        let kind = only
            .manifest
            .artifact_type()
            .as_ref()
            .map(MediaType::as_ref);
        if kind != Some(TYPE) {
            return Err(refuse("it is another kind of artifact, or an image"));
        }
        let (mut packages, mut layers) = (BTreeMap::new(), BTreeMap::new());
        for blob in only.manifest.layers() {
            let stated = blob.annotations().as_ref();
            let base = stated.and_then(|all| all.get(DIFF_ID)?.parse().ok());
            let own = blob.digest().to_string().parse::<Digest>();
            match (base, own) {
                (Some(base), _) => drop(layers.insert(base, blob.clone())),
                (None, Ok(own)) => drop(packages.insert(own, blob.clone())),
                (None, Err(_)) => {}
            }
        }
        Ok(Self {
            place: place.to_owned(),
            packages,
            layers,
            blobs,
        })
    }

    /// The layer of a base, by its diff ID.
    pub(in crate::engine) fn layer(
        &self,
        diff_id: &Digest,
    ) -> Option<(&Descriptor, &dyn BlobSource)> {
        let layer = self.layers.get(diff_id)?;
        Some((layer, self.blobs.as_ref()))
    }

    /// Puts a package into the cache, if it is kept.
    pub(in crate::engine) fn take(&self, package: &Resolved, cache: &Path) -> Result<(), Error> {
        let Some(blob) = self.packages.get(&package.sha256) else {
            return Ok(());
        };
        let failed = |doing: String| move |source| Error::Io { doing, source };
        let mut staged = tempfile::NamedTempFile::new_in(cache)
            .map_err(failed(format!("writing to {}", cache.display())))?;
        std::io::copy(&mut self.blobs.open(blob)?, &mut staged).map_err(failed(format!(
            "fetching {} from {}",
            package.name, self.place
        )))?;
        keep(staged.path(), &package.sha256, cache).map_err(|why| {
            RunError::Package {
                name: package.name.clone(),
                why,
            }
            .into()
        })
    }
}
