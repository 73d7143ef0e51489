//! A root on disk: layers unpacked into it, files put into it, none outside it.

mod add;
mod copy;
mod disk;
mod in_root;
mod lower;
mod open_root;
mod overlay;
mod renumber;
mod target;
mod unpack;

pub use add::{add_archive, is_archive};
pub use copy::copy_tree;
pub(super) use disk::Disk;
pub use in_root::InRoot;
pub use lower::{apply_layer, unpack_lower};
pub use open_root::OpenRoot;
pub(super) use overlay::{OPAQUE, WHITEOUT, is_kept};
pub use renumber::{renumber, rewrite_below, text_below};
pub use unpack::{Ownership, Skipped, Unpacked, unpack};
pub(super) use unpack::{Unpacker, of};
