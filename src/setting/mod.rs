//! Setting kinds: what a control demands, and how it is put into a root.

mod accounts;
mod apparmor;
mod audit_rule;
mod banner;
mod bootloader;
mod check;
mod config;
mod configuration;
mod database;
mod declaration;
mod edit;
mod error;
mod file;
mod firewall;
mod glob;
mod ground;
mod group;
mod inputs;
mod karg;
mod kernel_module;
mod kind;
mod limit;
mod mount;
mod package;
mod pam;
mod place;
mod policy;
mod rewrite;
mod scalar;
mod service;
mod shell;
mod sudo;
mod sysctl;
mod time;
mod tree;
mod unit;
mod unit_load;
mod unit_name;
mod user;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use accounts::Accounts;
pub use apparmor::ApparmorMode;
pub use bootloader::BootloaderDeclaration;
pub use check::{Checked, Outcome, Place, Reads, Unexamined};
pub use config::{ConfigDeclaration, ConfigTerm, configured_beyond};
pub use configuration::is_configuration;
pub use declaration::Declaration;
pub use edit::apply;
pub(crate) use edit::double_quoted;
pub use error::Refusal;
pub use file::{FileDeclaration, parse_mode, parse_owner};
pub use firewall::{FirewallDeclaration, FirewallPart, FirewallPolicy, FirewallRules};
pub use glob::matches;
pub use ground::{Bits, Ground, Scope};
pub use group::GroupDeclaration;
pub use inputs::{InputNode, Inputs, Listed};
pub use karg::{
    KargDeclaration, KargEdit, KargHeld, KargList, karg_after, karg_of_first_format, karg_words,
    named,
};
pub use kernel_module::ModuleState;
pub use kind::{Kind, Setting};
pub use mount::MountDeclaration;
pub use package::PackageState;
pub use pam::{PamDeclaration, UnixHash};
pub use place::{parse_place, refuse_fresh, refuse_kernel, refuse_record};
pub(crate) use policy::{ACCEPT, KEEP, OTHERS, REJECT};
pub use scalar::Scalar;
pub use service::{ServiceState, unit_directories};
pub use shell::ShellDeclaration;
pub use time::{TimeDeclaration, TimeSources};
pub use tree::TreeDeclaration;
pub use unit::UnitInstall;
pub use unit_name::UnitName;
pub use user::UserDeclaration;
