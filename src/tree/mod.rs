//! Trees of files as layers carry them: entries, tables, archives, unpacking, views.

mod add;
mod below;
mod codec;
mod copy;
mod diff;
mod directory;
mod disk;
mod entry;
mod error;
mod header;
mod in_root;
mod kept;
mod layers;
mod lower;
mod member;
mod overlay;
mod pax;
mod reader;
mod renumber;
mod repeat;
mod resolve;
mod row;
mod seat;
mod snapshot;
mod table;
mod unpack;
mod view;
mod writer;

#[cfg(test)]
mod tests;

pub use add::{add_archive, is_archive};
pub use codec::Codec;
pub use copy::copy_tree;
pub use diff::{Change, Changes, Comparison, Contents, Rewrite, Settled};
pub use entry::{Entry, EntryKind, Whiteout};
pub use error::Error;
pub use in_root::InRoot;
pub use lower::{apply_layer, unpack_lower};
pub use reader::{Limits, Visit, read_layer};
pub use renumber::{renumber, rewrite_below, text_below};
pub use repeat::{MAX_REPEATED_BYTES, MAX_REPEATED_ENTRIES, repeat_changed};
pub use resolve::Resolved;
pub use row::Row;
pub use snapshot::{Node, NodeKind, Snapshot, Unread};
pub use table::{DirectoryTable, TableLayer};
pub use unpack::{Ownership, Skipped, Unpacked, unpack};
pub use view::{View, ViewFile};
pub use writer::{LayerWriter, Packed};
