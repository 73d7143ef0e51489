//! `type: brew`: Homebrew and its timers; checked, not built.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Form, ModuleType};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "brew",
    does: "Installs Homebrew, and timers that keep it up to date.",
    example: "type: brew\nauto-upgrade: false\n",
    forms: &[Form::unbuilt::<Brew>(BOTH, MISSING)],
};

/// What building it needs that is not there.
const MISSING: &str = "Homebrew's installer and archive from the network without a fixed version; machines can install it when they start";

/// Installs Homebrew with timers that keep it up to date.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
struct Brew {
    /// Whether a timer updates Homebrew itself.
    pub auto_update: bool,
    /// Time between two updates, as systemd writes it.
    pub update_interval: String,
    /// Time from boot to the first update.
    pub update_wait_after_boot: String,
    /// Whether a timer upgrades what Homebrew installed.
    pub auto_upgrade: bool,
    /// Time between two upgrades, as systemd writes it.
    pub upgrade_interval: String,
    /// Time from boot to the first upgrade.
    pub upgrade_wait_after_boot: String,
    /// Whether the limit of open files is raised.
    pub nofile_limits: bool,
    /// Whether Homebrew may send usage data.
    pub brew_analytics: bool,
    /// Whether Homebrew comes from its own installer instead of Universal Blue's archive.
    pub direct_pull: bool,
    /// The commit of the installer.
    pub installer_commit: String,
}

impl Default for Brew {
    fn default() -> Self {
        Self {
            auto_update: true,
            update_interval: "6h".into(),
            update_wait_after_boot: "10min".into(),
            auto_upgrade: true,
            upgrade_interval: "8h".into(),
            upgrade_wait_after_boot: "30min".into(),
            nofile_limits: false,
            brew_analytics: true,
            direct_pull: true,
            installer_commit: "HEAD".into(),
        }
    }
}
