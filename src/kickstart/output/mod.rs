//! Rendered files and their paths.

pub(super) mod argument;
pub(super) mod file;
pub(super) mod path;
