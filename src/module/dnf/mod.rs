//! `type: dnf`: repositories, keys, COPR projects, packages and groups, with dnf5 or dnf4.

mod command;
mod install;
mod lock;
mod native;
mod repos;
mod run;

pub(super) use install::install_missing;
pub use native::Dnf;
pub(super) use native::Native;
pub(super) use native::request;
pub(super) use repos::{is_address, with_version};
