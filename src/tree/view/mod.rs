//! Files of an image read without unpacking it.

mod files;
mod folder;

pub use files::{View, ViewFile};
