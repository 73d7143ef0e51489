//! Writing to a registry.

mod event;
mod image;
mod upload;

pub use event::{Event, State};
pub use image::{Push, Pushed};
