//! Module types: configuration in, settings, actions and finish requests out.

mod needed;
mod environment;
mod union;
mod types;
mod sources;
mod package;
pub mod bluebuild;
mod desktop;
mod entry;
mod image_config;
mod local;
mod surroundings;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod trust_store_tests;

pub use types::containerfile::{Containerfile, expand};
pub use sources::{Copy, named_tree};
pub use desktop::Desktop;
pub use types::dnf::Dnf;
pub use entry::{Dialect, Module};
pub use types::files::Files;
pub use image_config::{DEFAULT_PATH, Healthcheck, ImageConfig};
pub use types::initramfs::{Initramfs, initramfs_commands};
pub use types::kargs::Kargs;
pub use local::LocalModule;
pub use types::os_release::OsRelease;
pub use package::{Manager, Packages, needed_packages};
pub use types::script::{Script, ScriptItem};
pub use types::settings::Settings;
pub use types::signing::Signing;
pub use surroundings::{Compiled, Distribution, FinishRequest, RunFacts, Surroundings};
pub use types::systemd::Systemd;
pub use types::trust_store::{Family, TrustStore};

pub use crate::setting::{InputNode, Inputs, Listed};
