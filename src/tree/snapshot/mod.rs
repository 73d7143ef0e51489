//! A root in memory: the metadata of all its paths and the files that settings live in.

mod contents;
mod directory;
mod layers;
mod node;
mod selection;

pub use contents::{Seen, Snapshot};
pub use node::{Node, NodeKind, Unread};
