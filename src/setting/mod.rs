//! Setting kinds: what a control asks of a root, how it is put there, and how it is checked.

pub use crate::setting::systemd::scope::unit_directories;

pub use crate::setting::systemd::scope::Scope;

mod contract;
mod input;
mod kinds;
mod root;
mod systemd;
mod table;

#[cfg(test)]
pub(crate) mod tests;

pub use contract::check::{Checked, Outcome, Place, Reads, Unexamined};
pub use contract::ground::{Bits, Ground};
pub use contract::kind::{Kind, Setting};
pub use contract::refusal::Refusal;
pub use input::glob::matches;
pub use input::inputs::{InputNode, Inputs, Listed};
pub use input::mode::{parse_mode, parse_owner};
pub use input::place::{parse_place, refuse_fresh, refuse_kernel, refuse_record};
pub use input::scalar::Scalar;
pub use kinds::apparmor::ApparmorMode;
pub use kinds::bootloader::BootloaderDeclaration;
pub use kinds::config::{ConfigDeclaration, ConfigTerm, configured_beyond};
pub use kinds::file::FileDeclaration;
pub use kinds::firewall::{FirewallDeclaration, FirewallPart, FirewallPolicy, FirewallRules};
pub use kinds::group::GroupDeclaration;
pub use kinds::karg::{
    KARGS_FOLDER, KargDeclaration, KargEdit, KargHeld, KargList, KargsFile, karg_after,
    karg_of_first_format, karg_words, named,
};
pub use kinds::kernel_module::ModuleState;
pub use kinds::mount::MountDeclaration;
pub use kinds::package::PackageState;
pub use kinds::pam::{PamDeclaration, UnixHash};
pub use kinds::service::ServiceState;
pub use kinds::shell::ShellDeclaration;
pub use kinds::time::{TimeDeclaration, TimeSources};
pub use kinds::tree::TreeDeclaration;
pub use kinds::user::{
    AccountTexts, HostAccount, HostPerson, NEW_SHELL, UserDeclaration, add_accounts,
};
pub(crate) use root::accounts::Accounts;
pub use root::configuration::is_configuration;
pub use root::edit::apply;
pub(crate) use root::edit::double_quoted;
pub(crate) use root::policy::{ACCEPT, KEEP, OTHERS, REJECT};
pub use systemd::load::{Loaded, drop_ins as unit_drop_ins, load as load_unit};
pub use systemd::name::UnitName;
pub use systemd::unit::UnitInstall;
pub use table::Declaration;
