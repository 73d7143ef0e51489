//! What a run changed in a root.

mod compare;
mod repeat;

pub use compare::{Change, Changes, Comparison, Contents, Rewrite, Settled};
pub(super) use repeat::Extent;
pub use repeat::{MAX_REPEATED_BYTES, MAX_REPEATED_ENTRIES, repeat_changed};
