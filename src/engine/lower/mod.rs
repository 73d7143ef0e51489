//! From actions to the entries of a layer. These steps run no commands and need no unpacked root.

mod actions;
mod entry;
mod place;
mod repeat;
mod write;

pub(in crate::engine) use actions::lower;
pub(in crate::engine) use entry::{LayerEntry, PureStep, plain};
pub(in crate::engine) use write::{copy_input, write_entry};
