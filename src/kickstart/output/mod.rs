//! Rendered files and where they lie.

pub(super) mod file;
pub(super) mod path;
