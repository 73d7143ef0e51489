//! Trees of files as layers carry them: entries, tables, archives, unpacking, views.

mod archive;
mod changes;
mod entry;
mod error;
mod root;
mod snapshot;
mod table;
mod view;

#[cfg(test)]
mod tests;

pub use archive::codec::Codec;
pub use archive::reader::{Limits, Visit, read_layer};
pub use archive::writer::{LayerWriter, Packed};
pub use changes::compare::{Change, Changes, Comparison, Contents, Rewrite, Settled};
pub use changes::repeat::{MAX_REPEATED_BYTES, MAX_REPEATED_ENTRIES, repeat_changed};
pub use entry::{Entry, EntryKind, Whiteout};
pub use error::Error;
pub use root::add::{add_archive, is_archive};
pub use root::copy::copy_tree;
pub use root::in_root::InRoot;
pub use root::lower::{apply_layer, unpack_lower};
pub use root::renumber::{renumber, rewrite_below, text_below};
pub use root::unpack::{Ownership, Skipped, Unpacked, unpack};
pub use snapshot::contents::{Node, NodeKind, Snapshot, Unread};
pub use table::directories::{DirectoryTable, TableLayer};
pub use table::resolve::Resolved;
pub use table::row::Row;
pub use view::files::{View, ViewFile};
