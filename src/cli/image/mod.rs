//! The verbs about images: push, pull, inspect and unpack.

pub(super) mod inspect;
pub(super) mod pull;
pub(super) mod push;
pub(super) mod unpack;
