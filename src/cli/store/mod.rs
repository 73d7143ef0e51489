//! The verbs about the store: ls and prune.

pub(super) mod list;
pub(super) mod prune;
