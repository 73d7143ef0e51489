//! How `default-flatpaks` is written, in both versions.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::union::present;

const FLATHUB: &str = "https://dl.flathub.org/repo/flathub.flatpakrepo";

/// Installs and removes Flatpaks at every boot (version 1).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct DefaultFlatpaksV1 {
    /// Whether the user is told when it is done.
    #[serde(default)]
    pub notify: bool,
    /// Flatpaks for the whole system.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FlatpakScope")]
    pub system: Option<FlatpakScope>,
    /// Flatpaks for each user.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FlatpakScope")]
    pub user: Option<FlatpakScope>,
}

/// One remote and what is installed from it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(in crate::module) struct FlatpakScope {
    /// Address of the remote.
    pub repo_url: String,
    /// Name of the remote.
    pub repo_name: String,
    /// Title of the remote.
    #[serde(deserialize_with = "present")]
    #[schemars(with = "String")]
    pub repo_title: Option<String>,
    /// Ids of Flatpaks to install.
    pub install: Vec<String>,
    /// Ids of Flatpaks to remove.
    pub remove: Vec<String>,
}

impl Default for FlatpakScope {
    fn default() -> Self {
        Self {
            repo_url: FLATHUB.into(),
            repo_name: "flathub".into(),
            repo_title: None,
            install: Vec::new(),
            remove: Vec::new(),
        }
    }
}

/// Installs Flatpaks at first boot (version 2).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `configurations`")]
pub(in crate::module) struct DefaultFlatpaksV2 {
    /// One entry per remote and scope.
    pub configurations: Vec<FlatpakConfiguration>,
}

/// One remote and what is installed from it, for the system or for each user.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub(in crate::module) struct FlatpakConfiguration {
    /// Whether users are told.
    pub notify: bool,
    /// For whom the Flatpaks are installed.
    pub scope: Scope,
    /// The remote.
    pub repo: FlatpakRemote,
    /// Ids of Flatpaks to install.
    pub install: Vec<String>,
}

impl Default for FlatpakConfiguration {
    fn default() -> Self {
        Self {
            notify: true,
            scope: Scope::User,
            repo: FlatpakRemote::default(),
            install: Vec::new(),
        }
    }
}

/// For whom Flatpaks are installed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::module) enum Scope {
    /// For all users together.
    System,
    /// For each user alone.
    User,
}

/// A Flatpak remote.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub(in crate::module) struct FlatpakRemote {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
}

impl Default for FlatpakRemote {
    fn default() -> Self {
        Self {
            url: FLATHUB.into(),
            name: "flathub".into(),
            title: "Flathub".into(),
        }
    }
}
