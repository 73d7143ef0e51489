//! The local store: an OCI layout with caches of steps and records beside it.

mod blobs;
mod error;
mod file;
mod layout;
mod memo;
mod needed;
mod open;
mod prune;
mod steps;
mod tags;
mod transfer;

#[cfg(test)]
mod tests;

pub use blobs::Store;
pub use error::Error;
pub use file::Lock;
pub use file::Staged;
pub use layout::Layout;
pub use prune::Report;
pub use transfer::{Archive, read_archive};
pub use transfer::{export_archive, export_layout};
