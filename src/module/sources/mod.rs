//! `type: copy`: copies from a stage, an image or the repository.

mod context;
mod ignore;
mod module;
mod pattern;

pub(super) use context::{Context, Target};
pub(super) use module::BlueBuildCopy;
pub(super) use module::tree;
pub use module::{Copy, named_tree};
pub(super) use pattern::name_matches;
