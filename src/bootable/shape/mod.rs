//! The finish of a bootable root: kernel, links, accounts and /var where its life cycle wants them.
//!
//! [`shape`] is called with the mounted root. What moves much is done by scripts that run in the root;
//! what decides is here.

mod accounts;
mod enablement;
mod error;
mod initramfs;
mod kernel;
mod presets;
mod reads;
mod rules;
mod run;
mod scripts;
mod var;

#[cfg(test)]
mod presets_tests;
#[cfg(test)]
mod tests;

pub use error::ShapeError;
pub use reads::is_read;
pub use rules::VAR_RULES;
pub(in crate::bootable) use rules::{Fate, Rules};
pub use run::{FORMAT, Scripts, shape};
