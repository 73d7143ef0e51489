//! Package managers that only install and remove: `apt`, `apk`, `pacman`, `zypper`, and `rpm-ostree`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::union::present;

/// Packages by name.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `packages`")]
pub(super) struct Packages {
    /// Names of packages.
    packages: Vec<String>,
}

/// Installs and removes packages with the distribution's package manager.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct PackageManager {
    /// What to remove; done before anything is installed.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Packages")]
    remove: Option<Packages>,
    /// What to install.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Packages")]
    install: Option<Packages>,
}

/// Repositories, keys and packages through rpm-ostree; the older form of `dnf`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RpmOstree {
    /// Addresses or files of `.repo` files to add; `%OS_VERSION%` is the distribution's version.
    #[serde(default)]
    repos: Vec<String>,
    /// Addresses of signing keys to import.
    #[serde(default)]
    keys: Vec<String>,
    /// Deprecated: folders under /opt that packages install into.
    #[serde(default)]
    optfix: Vec<String>,
    /// Packages to install: names, addresses or `.rpm` files.
    #[serde(default)]
    install: Vec<String>,
    /// Packages to remove.
    #[serde(default)]
    remove: Vec<String>,
    /// Packages to take from another repository than the one they came from.
    #[serde(default)]
    replace: Vec<RpmOstreeReplace>,
}

/// Packages to take from one repository.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `from-repo` and `packages`"
)]
pub(super) struct RpmOstreeReplace {
    /// Address of the repository that has the new packages.
    from_repo: String,
    /// Names of the packages to replace.
    packages: Vec<String>,
}
