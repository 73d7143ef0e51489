//! `type: dnf`: repositories, keys, COPR projects, packages and groups, with dnf5 or dnf4.

mod bluebuild;
mod command;
mod install;
mod lock;
mod native;
mod repos;
mod row;
mod run;

#[cfg(test)]
pub(in crate::module) use bluebuild::Dnf;
pub(super) use install::{FAMILY, install_missing};
pub(super) use native::request;
pub(super) use row::TYPE;
