//! What a build takes from outside the repository: images in the store, in registries, layouts and
//! archives, and bases made from packages.

mod image;
mod location;
mod parent;
mod parents;
mod sources;

pub use sources::{Outside, Reach};
