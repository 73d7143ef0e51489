//! Image layouts: their index, tags and blobs.

pub(super) mod blob;
pub(super) mod index;
pub(super) mod reader;
