//! Module types: configuration in, settings, actions and finish requests out.

mod environment;
mod image_config;
mod local;
mod lookup;
mod module_type;
mod needed;
mod package;
mod sources;
mod surroundings;
mod types;
mod union;

#[cfg(test)]
pub(crate) mod tests;

pub use image_config::{DEFAULT_PATH, Healthcheck, ImageConfig};
pub use local::LocalModule;
pub use lookup::TypeSchema;
pub use module_type::{Checked, Form, Module, ModuleType};
pub use needed::needed_packages;
pub use sources::named_tree;
pub use surroundings::{Compiled, Dialect, Distribution, FinishRequest, RunFacts, Surroundings};
pub use types::{expand, initramfs_commands};

pub use crate::setting::{InputNode, Inputs, Listed};
