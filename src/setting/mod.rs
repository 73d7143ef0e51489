//! Setting kinds: what a control demands, and how it is put into a root.

mod accounts;
mod check;
mod config;
mod declaration;
mod edit;
mod error;
mod file;
mod glob;
mod ground;
mod inputs;
mod karg;
mod kernel_module;
mod kind;
mod package;
mod pam;
mod place;
mod rewrite;
mod scalar;
mod service;
mod sysctl;
mod tree;
mod unit;
mod unit_name;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use accounts::Accounts;
pub use check::{Checked, Outcome, Place, Reads, Unexamined};
pub use config::{ConfigDeclaration, ConfigTerm};
pub use declaration::Declaration;
pub use edit::apply;
pub(crate) use edit::double_quoted;
pub use error::Refusal;
pub use file::{FileDeclaration, parse_mode, parse_owner};
pub use glob::matches;
pub use ground::{Bits, Ground, Scope};
pub use inputs::{InputNode, Inputs, Listed};
pub use karg::{KargDeclaration, karg_words};
pub use kernel_module::ModuleState;
pub use kind::{Kind, Setting};
pub use package::PackageState;
pub use pam::{PamDeclaration, UnixHash};
pub use place::{parse_place, refuse_record};
pub use scalar::Scalar;
pub use service::{ServiceState, unit_directories};
pub use tree::TreeDeclaration;
pub use unit::UnitInstall;
pub use unit_name::UnitName;
