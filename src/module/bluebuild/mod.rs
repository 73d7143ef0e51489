//! Module types of BlueBuild: their configuration, and whether they can be built.

mod config;
mod table;
pub(super) mod ublue;
pub(super) mod user;

#[cfg(test)]
mod tests;

pub use table::{Checked, Unbuilt, names, parse, schemas, versions};
pub(super) use crate::module::union::present;
