//! Reading from a registry.

pub(super) mod blob;
pub(super) mod repository;
