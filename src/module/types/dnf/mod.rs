//! `type: dnf`: repositories, keys, COPR projects, packages and groups, with dnf5 or dnf4.

pub(in crate::module) mod bluebuild;
mod command;
mod install;
mod lock;
mod native;
mod repos;
mod run;

pub(in crate::module) use install::install_missing;
pub use native::Dnf;
pub(in crate::module) use native::Native;
pub(in crate::module) use native::request;
pub(in crate::module) use repos::{is_address, with_version};
