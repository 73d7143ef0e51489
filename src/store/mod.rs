//! The local store: an OCI layout with caches of steps and records beside it.

mod archive;
mod blob;
mod blobs;
mod error;
mod export;
mod index;
mod layout;
mod lock;
mod needed;
mod open;
mod prune;
mod staged;
mod steps;
mod tags;
mod verified;
mod walk;

#[cfg(test)]
mod tests;

pub use archive::{Archive, read_archive};
pub use blobs::Store;
pub use error::Error;
pub use export::{export_archive, export_layout};
pub use layout::Layout;
pub use lock::Lock;
pub use prune::Report;
pub use staged::Staged;
