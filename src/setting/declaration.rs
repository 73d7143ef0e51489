//! What a document writes under `settings:`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::config::{self, ConfigDeclaration};
use super::file::{self, FileDeclaration};
use super::inputs::Inputs;
use super::karg::{self, KargDeclaration};
use super::kernel_module::{self, ModuleState};
use super::kind::Setting;
use super::package::{self, PackageState};
use super::pam::{self, PamDeclaration};
use super::scalar::Scalar;
use super::service::{self, ServiceState};
use super::sysctl;
use super::tree::{self, TreeDeclaration};
use crate::origin::{Diagnostic, SourcedMap};

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
