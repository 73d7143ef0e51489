//! Module types: configuration in, settings, actions and finish requests out.

pub mod bluebuild;
mod desktop;
mod dnf;
mod entry;
mod files;
mod kargs;
mod os_release;
mod packages;
mod settings;
mod signing;
mod surroundings;
mod systemd;
mod trust_store;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod trust_store_tests;

pub use desktop::Desktop;
pub use dnf::Dnf;
pub use entry::{Dialect, Module};
pub use files::Files;
pub use kargs::Kargs;
pub use os_release::OsRelease;
pub use packages::{Manager, Packages};
pub use settings::Settings;
pub use signing::Signing;
pub use surroundings::{Compiled, Distribution, FinishRequest, Surroundings};
pub use systemd::Systemd;
pub use trust_store::{Family, TrustStore};

pub use crate::setting::{InputNode, Inputs};
