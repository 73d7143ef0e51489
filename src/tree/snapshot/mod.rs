//! A root in memory: the metadata of all its paths and the files that settings live in.

pub(super) mod contents;
pub(super) mod directory;
pub(super) mod layers;
pub(super) mod selection;
