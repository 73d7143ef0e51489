//! The verbs about terroir.lock: lock, update, outdated, why, vendor and rebuild.

mod check;
pub(super) mod names;
pub(super) mod outdated;
pub(super) mod rebuild;
pub(super) mod resolve;
pub(super) mod shown;
mod summary;
pub(super) mod vendor;
pub(super) mod verb;
pub(super) mod write;
