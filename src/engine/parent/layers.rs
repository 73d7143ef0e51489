//! The layers of a root and the digest of all of them.

use serde_json::Value;

use crate::oci::{Descriptor, Digest};

use super::image::ParentImage;

/// A layer: where its bytes are, and what they are uncompressed.
pub(in crate::engine) type LayerId = (Descriptor, Digest);

/// The layers of a parent as steps see them: its records left out.
pub(in crate::engine) fn of_parent(parent: &ParentImage) -> Vec<LayerId> {
    let history = parent.config.get("history").and_then(Value::as_array);
    let lines: Vec<&Value> = history
        .into_iter()
        .flatten()
        .filter(|line| line.get("empty_layer").and_then(Value::as_bool) != Some(true))
        .collect();
    let told = lines.len() == parent.layers.len();
    let is_record = |number: usize| {
        let line = lines.get(number).and_then(|line| line.get("created_by"));
        told && line.and_then(Value::as_str) == Some("terroir: record")
    };
    let layers = parent
        .layers
        .iter()
        .cloned()
        .zip(parent.diff_ids.iter().copied());
    layers
        .enumerate()
        .filter(|(number, _)| !is_record(*number))
        .map(|(_, layer)| layer)
        .collect()
}

/// The digest of all layers of a root.
pub(in crate::engine) fn chain(layers: &[LayerId]) -> Digest {
    chain_of(layers.iter().map(|(_, id)| id))
}

/// The digest of layers by their diff IDs, the lowest first.
pub(super) fn chain_of<'d>(diff_ids: impl Iterator<Item = &'d Digest>) -> Digest {
    let chain = diff_ids.fold(None, |chain, id| Some(Digest::chain(chain.as_ref(), id)));
    chain.unwrap_or_else(|| Digest::of(b""))
}
