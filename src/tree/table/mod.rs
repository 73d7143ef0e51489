//! The directories and links of a root, without its files.

mod directories;
mod resolve;
mod row;

pub use directories::{DirectoryTable, TableLayer};
pub use resolve::Resolved;
pub use row::Row;
