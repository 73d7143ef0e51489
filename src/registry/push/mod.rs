//! Writing to a registry.

mod attach;
mod event;
mod image;
mod upload;

pub use attach::Attachment;
pub use event::{Event, State};
pub use image::{Push, Pushed};
