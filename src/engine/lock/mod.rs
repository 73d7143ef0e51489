//! A lock in force: what it pins, what may be looked up again, and what a build used of it.

mod locking;
mod rules;
mod used;

pub use locking::Locking;
pub use rules::{Refresh, Rules};

pub(in crate::engine) use rules::Pinned;
