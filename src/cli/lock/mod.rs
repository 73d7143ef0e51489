//! The verbs about terroir.lock: lock, update, vendor and rebuild.

pub(super) mod names;
pub(super) mod rebuild;
pub(super) mod resolve;
pub(super) mod shown;
pub(super) mod vendor;
pub(super) mod verb;
pub(super) mod write;
