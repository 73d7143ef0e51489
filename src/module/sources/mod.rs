//! `type: copy`: copies from a stage, an image or the repository.

pub(super) mod folder;
mod context;
mod ignore;
mod pattern;

pub(super) use context::{Context, Target};
pub(super) use crate::module::types::copy::BlueBuildCopy;
pub(super) use crate::module::types::copy::tree;
pub use crate::module::types::copy::{Copy, named_tree};
pub(super) use pattern::name_matches;
