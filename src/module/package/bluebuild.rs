//! Package managers that only install and remove: `apt`, `apk`, `pacman`, `zypper`, and `rpm-ostree`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::union::present;
use crate::origin::Sourced;

/// Packages by name.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `packages`")]
pub struct Packages {
    /// Names of packages.
    pub packages: Vec<Sourced<String>>,
}

/// Installs and removes packages with the distribution's package manager.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct PackageManager {
    /// What to remove; done before anything is installed.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Packages")]
    pub remove: Option<Packages>,
    /// What to install.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Packages")]
    pub install: Option<Packages>,
}

/// Repositories, keys and packages through rpm-ostree; the older form of `dnf`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct RpmOstree {
    /// Addresses or files of `.repo` files to add; `%OS_VERSION%` is the distribution's version.
    #[serde(default)]
    pub repos: Vec<Sourced<String>>,
    /// Addresses of signing keys to import.
    #[serde(default)]
    pub keys: Vec<Sourced<String>>,
    /// Deprecated: folders under /opt that packages install into.
    #[serde(default)]
    pub optfix: Vec<Sourced<String>>,
    /// Packages to install: names, addresses or `.rpm` files.
    #[serde(default)]
    pub install: Vec<Sourced<String>>,
    /// Packages to remove.
    #[serde(default)]
    pub remove: Vec<Sourced<String>>,
    /// Packages to take from another repository than the one they came from.
    #[serde(default)]
    pub replace: Vec<RpmOstreeReplace>,
}

/// Packages to take from one repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `from-repo` and `packages`"
)]
pub struct RpmOstreeReplace {
    /// Address of the repository that has the new packages.
    pub from_repo: Sourced<String>,
    /// Names of the packages to replace.
    pub packages: Vec<Sourced<String>>,
}
