//! The verbs about images: push, pull, inspect and unpack.

pub(super) mod inspect;
pub(super) mod pull;
pub(super) mod push;
mod push_ostree;
pub(super) mod unpack;
