//! Images into repositories: each layer as a commit of its own, and the one commit of the whole.

mod image;
mod layer;
mod merge;
mod root_form;

#[cfg(test)]
mod tests;

pub use image::{Commit, Layers, Progress, image_reference, import, layer_reference};
pub(super) use image::{IMAGE, IMPORT, LAYERS};
pub use layer::Note;
