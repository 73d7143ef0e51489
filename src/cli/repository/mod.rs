//! The recipes of a repository: found, loaded, and held to their lock.

pub(super) mod files;
pub(super) mod load;
pub(super) mod lock;
pub(super) mod paths;
