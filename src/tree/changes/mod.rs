//! What a run changed in a root.

pub(super) mod compare;
pub(super) mod repeat;
