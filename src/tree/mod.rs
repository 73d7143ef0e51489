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

pub use archive::Codec;
pub use archive::{LayerWriter, Packed, PlainWriter};
pub use archive::{Limits, Visit, read_layer};
pub use changes::{Change, Changes, Comparison, Contents, Rewrite, Settled};
pub use changes::{MAX_REPEATED_BYTES, MAX_REPEATED_ENTRIES, repeat_changed};
pub use entry::{Entry, EntryKind, Whiteout};
pub use error::Error;
pub use root::copy_tree;
pub use root::{InRoot, OpenRoot};
pub use root::{Ownership, Skipped, Unpacked, unpack};
pub use root::{add_archive, is_archive};
pub use root::{apply_layer, unpack_lower};
pub use root::{renumber, rewrite_below, text_below};
pub use snapshot::{Node, NodeKind, Seen, Snapshot, Unread};
pub use table::Resolved;
pub use table::Row;
pub use table::{DirectoryTable, TableLayer};
pub use view::{View, ViewFile};
