//! A root in memory: the metadata of all its paths and the files that settings live in.

mod contents;
mod directory;
mod layers;
mod selection;

pub use contents::{Node, NodeKind, Snapshot, Unread};
