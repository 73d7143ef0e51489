//! What the machine's owner says about its updates, and what other policies say.

mod document;
mod policy;
mod schedule;

pub use document::{Configuration, LoaderUpdates, Reboot};
pub(in crate::host) use policy::check_policy;
pub use schedule::{Turn, is_idle, turn};
