//! Steps that run commands, seen from outside the helper: unpacked layers, jobs, packages and
//! secrets.

mod context;
mod disk;
mod fetch;
mod install;
mod job;
mod running;
mod script;
mod secret;
mod trial;
mod unpacked;

#[cfg(test)]
mod secret_tests;

pub use disk::{DiskWish, make_disk};
pub use script::Script;
pub use trial::{Trial, Tried};

pub(in crate::engine) use context::{RunContext, tree_name};
pub(in crate::engine) use fetch::{fetch_packages, resolve_all};
pub(in crate::engine) use running::{Running, skeleton};
