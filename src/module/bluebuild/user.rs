//! Package managers and files of users: `brew`, `soar`, `chezmoi`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Installs Homebrew with timers that keep it up to date.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(super) struct Brew {
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

/// Installs the soar package manager with a timer that upgrades what it installed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(super) struct Soar {
    /// Whether a timer upgrades what soar installed.
    pub auto_upgrade: bool,
    /// Time between two upgrades, as systemd writes it.
    pub upgrade_interval: String,
    /// Kept for old recipes; does nothing.
    pub additional_repos: bool,
}

impl Default for Soar {
    fn default() -> Self {
        Self {
            auto_upgrade: true,
            upgrade_interval: "8h".into(),
            additional_repos: false,
        }
    }
}

/// Installs chezmoi with services that keep the users' dotfiles equal to a repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `repository`"
)]
pub struct Chezmoi {
    /// The git repository of the dotfiles.
    pub repository: String,
    /// Its branch; the default branch when empty.
    #[serde(default)]
    pub branch: String,
    /// Whether the services are enabled for all users.
    #[serde(default = "all_users")]
    pub all_users: bool,
    /// Time between two updates, as systemd writes it.
    #[serde(default = "run_every")]
    pub run_every: String,
    /// Time from boot to the first update.
    #[serde(default = "wait_after_boot")]
    pub wait_after_boot: String,
    /// Whether the service that fetches the repository for the first time is left out.
    #[serde(default)]
    pub disable_init: bool,
    /// Whether the timer is left out.
    #[serde(default)]
    pub disable_update: bool,
    /// What happens to a file that the user changed.
    #[serde(default)]
    pub file_conflict_policy: ConflictPolicy,
}

/// What happens to a file that the user changed.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConflictPolicy {
    /// It stays.
    #[default]
    Skip,
    /// The repository's takes its place.
    Replace,
}

fn all_users() -> bool {
    true
}

fn run_every() -> String {
    "1d".into()
}

fn wait_after_boot() -> String {
    "5m".into()
}
