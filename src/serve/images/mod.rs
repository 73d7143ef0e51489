//! Images for the machines of a site: a cache in front of registries, which speaks the reading half of their
//! protocol (distribution-spec 1.1, "Pull").
//!
//! [`ImageCache`] keeps blobs and manifests by their digests in a folder with a bound. What it does not have
//! comes from the registry once, however many machines ask, and goes on to them while it comes.

mod answer;
mod cache;
mod folder;
mod incoming;
mod part;
mod send;

pub(super) use answer::{Asked, answer};
pub use cache::ImageCache;
