//! Module types of BlueBuild: their configuration, and whether they can be built.

mod config;
mod desktop;
pub(super) mod dnf;
pub(super) mod packages;
mod script;
mod table;
mod ublue;
pub(super) mod union;
mod user;

#[cfg(test)]
mod tests;

pub use table::{Checked, Unbuilt, names, parse, schemas, versions};
