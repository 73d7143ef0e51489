//! The folder that machines boot an installer from.

mod boot;
mod carried;
mod error;
mod left;
mod listing;
mod make;

pub(in crate::installer) use boot::bios_of;
pub use carried::MARK;
pub use error::FolderError;
pub use listing::LISTING;
pub use make::{Folder, FolderWish, write_folder};
