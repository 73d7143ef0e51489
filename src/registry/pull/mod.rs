//! Reading from a registry.

mod blob;
mod referrers;
mod repository;

pub(in crate::registry) use referrers::{referrers_tag, tagged};
pub use repository::Blobs;
