//! How BlueBuild recipes ask `apt`, `apk`, `pacman` and `zypper` for packages.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::union::present;
use crate::origin::Sourced;

/// Packages by name.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `packages`")]
pub(in crate::module) struct Packages {
    /// Names of packages.
    pub packages: Vec<Sourced<String>>,
}

/// Installs and removes packages with the distribution's package manager.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct PackageManager {
    /// What to remove; done before anything is installed.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Packages")]
    pub remove: Option<Packages>,
    /// What to install.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Packages")]
    pub install: Option<Packages>,
}
