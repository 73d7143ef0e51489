//! Module types of BlueBuild that are read and checked but cannot be built yet.

mod desktop;
mod dnf;
mod packages;
mod table;
mod ublue;
mod union;
mod user;

#[cfg(test)]
mod tests;

pub use table::{Unbuilt, names, parse, schemas, versions};
pub(super) use union::present;
