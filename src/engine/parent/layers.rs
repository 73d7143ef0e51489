//! The layers of a root and the digest of all of them.

use crate::oci::{Descriptor, Digest};

/// A layer: where its bytes are, and what they are uncompressed.
pub(in crate::engine) type LayerId = (Descriptor, Digest);

/// The digest of all layers of a root.
pub(in crate::engine) fn chain(layers: &[LayerId]) -> Digest {
    chain_of(layers.iter().map(|(_, id)| id))
}

/// The digest of layers by their diff IDs, the lowest first.
pub(super) fn chain_of<'d>(diff_ids: impl Iterator<Item = &'d Digest>) -> Digest {
    let chain = diff_ids.fold(None, |chain, id| Some(Digest::chain(chain.as_ref(), id)));
    chain.unwrap_or_else(|| Digest::of(b""))
}
