//! `type: containerfile`: instructions of a Containerfile, compiled to actions.
//!
//! The text is read as Docker's reference says: parser directives, continuations, comments within
//! them, heredocs, variables. What changes the root becomes an action, what changes the image's
//! configuration a part of [`ImageConfig`](crate::module::ImageConfig).

mod arguments;
mod config;
mod copying;
mod expand;
mod fault;
mod lines;
mod machine;
mod module;
mod mounts;
mod place;
mod running;
mod trim;
mod variables;
mod words;

#[cfg(test)]
mod tests;

pub use expand::expand;
#[cfg(test)]
use module::Containerfile;
pub(super) use module::TYPE;
