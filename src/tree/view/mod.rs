//! Files of an image read without unpacking it.

pub(super) mod files;
pub(super) mod folder;
