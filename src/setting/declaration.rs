//! What a document writes under `settings:`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::input::inputs::Inputs;
use super::input::scalar::Scalar;
use super::kind::Setting;
use super::kinds::apparmor;
use super::kinds::apparmor::ApparmorMode;
use super::kinds::audit_rule;
use super::kinds::banner;
use super::kinds::bootloader;
use super::kinds::bootloader::BootloaderDeclaration;
use super::kinds::config;
use super::kinds::config::ConfigDeclaration;
use super::kinds::file;
use super::kinds::file::FileDeclaration;
use super::kinds::firewall;
use super::kinds::firewall::FirewallDeclaration;
use super::kinds::group;
use super::kinds::group::GroupDeclaration;
use super::kinds::karg;
use super::kinds::karg::KargDeclaration;
use super::kinds::kernel_module;
use super::kinds::kernel_module::ModuleState;
use super::kinds::limit;
use super::kinds::mount;
use super::kinds::mount::MountDeclaration;
use super::kinds::package;
use super::kinds::package::PackageState;
use super::kinds::pam;
use super::kinds::pam::PamDeclaration;
use super::kinds::service;
use super::kinds::service::ServiceState;
use super::kinds::shell;
use super::kinds::shell::ShellDeclaration;
use super::kinds::sudo;
use super::kinds::sysctl;
use super::kinds::time;
use super::kinds::time::TimeDeclaration;
use super::kinds::tree;
use super::kinds::tree::TreeDeclaration;
use super::kinds::user;
use super::kinds::user::UserDeclaration;
use crate::origin::{Diagnostic, Sourced, SourcedMap};

/// Settings of one kind, as a mapping with the kind's name for its only key.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Declaration {
    /// Packages: `aide: present`, `telnet: absent`.
    Package(SourcedMap<PackageState>),
    /// Kernel parameters: `net.ipv4.ip_forward: 0`.
    Sysctl(SourcedMap<Scalar>),
    /// Kernel modules: `cramfs: disabled`.
    KernelModule(SourcedMap<ModuleState>),
    /// Files by path.
    File(SourcedMap<FileDeclaration>),
    /// Keys of one configuration file.
    Config(ConfigDeclaration),
    /// Units: `ssh.service: enabled`, `user/foo.service: masked`.
    Service(SourcedMap<ServiceState>),
    /// The stacks of PAM.
    Pam(Box<PamDeclaration>),
    /// Limits of processes: `"* hard core": 0`.
    Limit(SourcedMap<Scalar>),
    /// What is said before and after a login.
    Banner(SourcedMap<Sourced<String>>),
    /// What shells start with.
    Shell(ShellDeclaration),
    /// Defaults of sudo, and what its rules may not say.
    Sudo(SourcedMap<Scalar>),
    /// File systems and the options that they are mounted with.
    Mount(SourcedMap<MountDeclaration>),
    /// Groups with their members.
    Group(SourcedMap<GroupDeclaration>),
    /// Users, and rules for all of them.
    User(SourcedMap<UserDeclaration>),
    /// Where the clock is set from.
    Time(TimeDeclaration),
    /// What may come in over the network.
    Firewall(FirewallDeclaration),
    /// Rules of the kernel's audit, by subject.
    AuditRule(SourcedMap<Vec<Sourced<String>>>),
    /// Whether profiles of AppArmor are enforced.
    Apparmor(SourcedMap<ApparmorMode>),
    /// What protects the boot loader.
    Bootloader(BootloaderDeclaration),
    /// Kernel arguments: `quiet: true`, `console: [tty0, ttyS0]`.
    Karg(SourcedMap<KargDeclaration>),
    /// Rules over the whole root.
    Tree(TreeDeclaration),
}

impl Declaration {
    /// Reads the settings, each with the origin of its own key, or everything that is wrong.
    pub fn settings(&self, inputs: &dyn Inputs) -> Result<Vec<Setting>, Vec<Diagnostic>> {
        match self {
            Self::Package(map) => each(
                map.iter()
                    .map(|(name, state)| package::declare(name, *state)),
            ),
            Self::Sysctl(map) => each(map.iter().map(|(key, value)| sysctl::declare(key, value))),
            Self::KernelModule(map) => each(
                map.iter()
                    .map(|(name, state)| kernel_module::declare(name, *state)),
            ),
            Self::File(map) => each(
                map.iter()
                    .map(|(path, file)| file::declare(path, file, inputs)),
            ),
            Self::Config(file) => config::declare(file),
            Self::Service(map) => each(
                map.iter()
                    .map(|(unit, state)| service::declare(unit, *state)),
            ),
            Self::Tree(rules) => tree::declare(rules),
            Self::Pam(pam) => pam::declare(pam),
            Self::Limit(map) => each(map.iter().map(|(key, value)| limit::declare(key, value))),
            Self::Banner(map) => each(map.iter().map(|(name, text)| banner::declare(name, text))),
            Self::Shell(shell) => shell::declare(shell),
            Self::Sudo(map) => each(map.iter().map(|(name, value)| sudo::declare(name, value))),
            Self::Mount(map) => each(map.iter().map(|(path, mount)| mount::declare(path, mount))),
            Self::Group(map) => many(map.iter().map(|(name, group)| group::declare(name, group))),
            Self::User(map) => many(map.iter().map(|(name, user)| user::declare(name, user))),
            Self::Time(time) => time::declare(time),
            Self::Firewall(firewall) => firewall::declare(firewall),
            Self::AuditRule(map) => each(
                map.iter()
                    .map(|(name, rules)| audit_rule::declare(name, rules)),
            ),
            Self::Apparmor(map) => each(
                map.iter()
                    .map(|(name, mode)| apparmor::declare(name, *mode)),
            ),
            Self::Bootloader(loader) => bootloader::declare(loader),
            Self::Karg(map) => each(map.iter().map(|(name, karg)| karg::declare(name, karg))),
        }
    }
}

/// Gathers the settings, or all that is wrong with them.
pub(super) fn each(
    results: impl Iterator<Item = Result<Setting, Diagnostic>>,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let mut settings = Vec::new();
    let mut diagnostics = Vec::new();
    for result in results {
        match result {
            Ok(setting) => settings.push(setting),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    if diagnostics.is_empty() {
        Ok(settings)
    } else {
        Err(diagnostics)
    }
}

/// Gathers the settings of declarations that each make several.
fn many(
    results: impl Iterator<Item = Result<Vec<Setting>, Diagnostic>>,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    each(results.flat_map(|result| match result {
        Ok(settings) => settings.into_iter().map(Ok).collect(),
        Err(diagnostic) => vec![Err(diagnostic)],
    }))
}
