//! A finished image before anybody gets it.
//!
//! What a gate found is noted under all that it depends on, so that an image that passed is not read
//! again.

use crate::engine::error::Error;
use crate::oci::{BlobSource, Descriptor, Digest, sorted_json};
use crate::recipe::Record;
use crate::store::Store;
use crate::tree::Snapshot;

/// Raised whenever a check may answer another question than before, so that notes count no more.
const FORMAT: u32 = 2;

/// A finished image before anybody gets it.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Gate<'a> {
    /// What the image says of itself.
    pub record: &'a Record,
    /// All layers, the lowest first.
    pub layers: &'a [Descriptor],
    /// Their diff IDs.
    pub diff_ids: &'a [Digest],
    /// Where their blobs are.
    pub source: &'a dyn BlobSource,
    /// Where is noted what was let pass.
    pub store: &'a Store,
}

impl Gate<'_> {
    pub(in crate::engine) fn key(self, gate: &str, rules: &serde_json::Value) -> Digest {
        Digest::of(&sorted_json(&serde_json::json!({
            "format": FORMAT, "gate": gate, "rules": rules, "layers": self.diff_ids,
        })))
    }

    pub(in crate::engine) fn root(self) -> Result<Snapshot, Error> {
        Ok(Snapshot::of_layers(self.layers, self.source)?)
    }
}
