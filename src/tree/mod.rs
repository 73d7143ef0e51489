//! Trees of files as layers carry them: entries, tables, archives, unpacking, views.

mod codec;
mod disk;
mod entry;
mod error;
mod header;
mod member;
mod pax;
mod reader;
mod resolve;
mod row;
mod table;
mod unpack;
mod view;
mod writer;

#[cfg(test)]
mod tests;

pub use codec::Codec;
pub use entry::{Entry, EntryKind, Whiteout};
pub use error::Error;
pub use reader::{Limits, Visit, read_layer};
pub use resolve::Resolved;
pub use row::Row;
pub use table::{DirectoryTable, TableLayer};
pub use unpack::{Ownership, Skipped, Unpacked, unpack};
pub use view::{View, ViewFile};
pub use writer::{LayerWriter, Packed};
