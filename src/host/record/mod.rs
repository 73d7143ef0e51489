//! What the machine remembers across updates: its state, and what happened.

mod history;
mod state;

pub(in crate::host) use history::note_about;
pub use history::{Event, EventKind, events};
pub use state::{Failed, State};
pub(in crate::host) use state::{LoaderState, LoaderTrial};
