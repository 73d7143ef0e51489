//! Images from archives, and into archives and layouts.

mod archive;
mod export;

pub use archive::{Archive, read_archive};
pub use export::{export_archive, export_layout};
