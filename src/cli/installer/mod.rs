//! The verbs of terroir's own installer.

mod ask;
mod console;
mod document;
mod failure;
mod finish;
pub(in crate::cli) mod folder;
mod hosts;
pub(in crate::cli) mod install;
mod medium;
mod place;
mod target;
