//! What module types copy from: files and folders of the repository, stages and images.

mod context;
mod directory;
mod folder;
mod ignore;
mod listing;
mod pattern;
mod tree;

pub(super) use context::{Context, Target};
pub(super) use directory::is_directory;
pub(super) use folder::{Copy, below};
pub(super) use listing::{files_below, join, read, whole};
pub(super) use pattern::name_matches;
pub use tree::named_tree;
pub(super) use tree::tree;
