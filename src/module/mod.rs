//! Module types: configuration in, settings, actions and finish requests out.

#![expect(
    clippy::result_large_err,
    reason = "a diagnostic is made once for a mistake, never on a hot path"
)]

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
pub use files::{FileItem, Files};
pub use kargs::Kargs;
pub use os_release::OsRelease;
pub use settings::Settings;
pub use signing::{Others, Signing};
pub use surroundings::{Compiled, FinishRequest, Surroundings};
pub use systemd::{States, Systemd};

pub use crate::setting::{InputNode, Inputs};
