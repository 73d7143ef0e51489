//! The recipes of a repository: their files, their loading, and their lock.

pub(super) mod files;
pub(super) mod load;
pub(super) mod lock;
pub(super) mod memo;
pub(super) mod paths;
