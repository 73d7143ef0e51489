//! Module types: configuration in, settings, actions and finish requests out.

pub mod bluebuild;
mod containerfile;
mod copy;
mod desktop;
mod dnf;
mod entry;
mod files;
mod image_config;
mod initramfs;
mod kargs;
mod local;
mod os_release;
mod packages;
mod script;
mod settings;
mod signing;
mod surroundings;
mod systemd;
mod trust_store;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod trust_store_tests;

pub use containerfile::{Containerfile, expand};
pub use copy::{Copy, named_tree};
pub use desktop::Desktop;
pub use dnf::Dnf;
pub use entry::{Dialect, Module};
pub use files::Files;
pub use image_config::{DEFAULT_PATH, Healthcheck, ImageConfig};
pub use initramfs::{Initramfs, initramfs_commands};
pub use kargs::Kargs;
pub use local::LocalModule;
pub use os_release::OsRelease;
pub use packages::{Manager, Packages, needed_packages};
pub use script::{Script, ScriptItem};
pub use settings::Settings;
pub use signing::Signing;
pub use surroundings::{Compiled, Distribution, FinishRequest, RunFacts, Surroundings};
pub use systemd::Systemd;
pub use trust_store::{Family, TrustStore};

pub use crate::setting::{InputNode, Inputs, Listed};
