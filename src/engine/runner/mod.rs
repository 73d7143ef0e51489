//! The caller of the helper process: isolation, limits, the log, the folder of a run, and what
//! later prunes such folders.

mod call;
mod folder;
mod fresh_store;
mod log;
mod probe;
mod prune;

pub use call::{Log, Lookup, Runner};
pub use fresh_store::FreshStore;
pub use prune::{Limits, Pruned, prune_caches};

pub(in crate::engine) use folder::RunFolder;
pub(in crate::engine) use prune::mark_used;
