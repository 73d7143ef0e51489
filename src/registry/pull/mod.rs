//! Reading from a registry.

mod blob;
mod repository;

pub use repository::Blobs;
