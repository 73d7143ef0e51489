//! The folder that machines boot an installer from.

mod carried;
mod error;
mod listing;
mod make;

pub use carried::MARK;
pub use error::FolderError;
pub use listing::LISTING;
pub use make::{FolderWish, write_folder};
