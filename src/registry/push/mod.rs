//! Writing to a registry.

pub(super) mod event;
pub(super) mod image;
pub(super) mod upload;
