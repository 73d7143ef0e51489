//! Module types: configuration in, settings, actions and finish requests out.

pub mod bluebuild;

mod entry;
mod files;
mod kargs;
mod os_release;
mod settings;
mod signing;
mod surroundings;
mod systemd;

#[cfg(test)]
mod tests;

pub use entry::{Dialect, Module};
pub use files::Files;
pub use kargs::Kargs;
pub use os_release::OsRelease;
pub use settings::Settings;
pub use signing::Signing;
pub use surroundings::{Compiled, FinishRequest, Surroundings};
pub use systemd::Systemd;

pub use crate::setting::{InputNode, Inputs};
