//! The directories and links of a root, without its files.

pub(super) mod directories;
pub(super) mod resolve;
pub(super) mod row;
