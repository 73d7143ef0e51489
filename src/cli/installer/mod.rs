//! The verbs of terroir's own installer.

mod finish;
pub(in crate::cli) mod folder;
pub(in crate::cli) mod install;
