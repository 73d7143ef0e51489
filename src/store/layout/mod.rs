//! Image layouts: their index, tags and blobs.

mod blob;
mod index;
mod reader;

pub(super) use blob::{digest_of, open, place_of, put, stage};
pub(super) use index::{LAYOUT, named, pick, read_index, set_tag, tags};
pub use reader::Layout;
