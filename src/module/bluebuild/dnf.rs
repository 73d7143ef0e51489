//! The `dnf` module: repositories, keys, COPR projects, packages and groups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::union::{ListOr, NameOr, present};

/// Declares a mapping that ends with the switches which all installing keys of `dnf` share.
macro_rules! installing {
    ($(#[$about:meta])* struct $name:ident { $($(#[$key:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a mapping")]
        pub(super) struct $name {
            $($(#[$key])* $field: $type,)*
            /// Whether weak dependencies are installed too.
            #[serde(default = "yes")]
            install_weak_deps: bool,
            /// Whether a package that no repository has is passed over.
            #[serde(default)]
            skip_unavailable: bool,
            /// Whether a package that cannot be installed is passed over.
            #[serde(default)]
            skip_broken: bool,
            /// Whether installed packages may be removed to solve dependencies.
            #[serde(default)]
            allow_erasing: bool,
            /// Whether signatures are left unchecked; not secure.
            #[serde(default)]
            no_gpgchecks: bool,
            /// Packages that must not be installed.
            #[serde(default)]
            exclude: Vec<String>,
        }
    };
}

fn yes() -> bool {
    true
}

/// Repositories, keys and packages through dnf5.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(super) struct Dnf {
    /// Repositories and keys to add before anything is installed.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DnfRepos")]
    repos: Option<DnfRepos>,
    /// Deprecated: folders under /opt that packages install into.
    #[serde(default)]
    optfix: Vec<String>,
    /// Groups to remove.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DnfGroupRemove")]
    group_remove: Option<DnfGroupRemove>,
    /// Groups to install.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DnfGroupInstall")]
    group_install: Option<DnfGroupInstall>,
    /// Packages to remove.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DnfRemove")]
    remove: Option<DnfRemove>,
    /// Packages to install.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DnfInstall")]
    install: Option<DnfInstall>,
    /// Packages or spec files whose build dependencies are installed.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "DnfBuilddep")]
    builddep: Option<DnfBuilddep>,
    /// Packages to take from another repository than the one they came from.
    #[serde(default)]
    replace: Vec<DnfReplace>,
}

/// Repositories and keys.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct DnfRepos {
    /// Whether the repositories that this entry adds are removed again after it.
    #[serde(default)]
    cleanup: bool,
    /// `.repo` files to add, by address or by name in `files/dnf`; or `add` and `remove`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "ListOr<String, DnfRepoFiles>")]
    files: Option<ListOr<String, DnfRepoFiles>>,
    /// COPR projects to enable; or `enable` and `disable`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "ListOr<NameOr<CoprProject>, DnfCopr>")]
    copr: Option<ListOr<NameOr<CoprProject>, DnfCopr>>,
    /// Signing keys to import, by address or by name in `files/dnf`.
    #[serde(default)]
    keys: Vec<String>,
    /// The one repository of non-free packages to enable.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Nonfree")]
    nonfree: Option<Nonfree>,
}

/// Repositories of non-free packages for Fedora.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Nonfree {
    /// Replaces rpmfusion.
    Negativo17,
    /// Replaces negativo17.
    Rpmfusion,
}

/// `.repo` files to add and repositories to remove.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a list, or `add` and `remove`")]
pub(super) struct DnfRepoFiles {
    /// Addresses, or names in `files/dnf`.
    #[serde(default)]
    add: Vec<String>,
    /// Repository ids, as `dnf5 repolist` shows them.
    #[serde(default)]
    remove: Vec<String>,
}

/// COPR projects to enable and to disable.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a list, or `enable` and `disable`")]
pub(super) struct DnfCopr {
    /// Projects to enable.
    #[serde(default)]
    enable: Vec<NameOr<CoprProject>>,
    /// Projects to disable, as `owner/project`.
    #[serde(default)]
    disable: Vec<String>,
}

/// A COPR project for one chroot.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "`owner/project`, or `name` and `chroot`"
)]
pub(super) struct CoprProject {
    /// The project, as `owner/project`.
    name: String,
    /// The chroot, as `fedora-43-x86_64`.
    chroot: String,
}

/// Groups to remove.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `packages`")]
pub(super) struct DnfGroupRemove {
    /// Names of groups.
    packages: Vec<String>,
}

/// Packages to remove.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `packages`"
)]
pub(super) struct DnfRemove {
    /// Names of packages.
    packages: Vec<String>,
    /// Whether dependencies that nothing needs any more go too.
    #[serde(default = "yes")]
    auto_remove: bool,
}

installing! {
    /// Groups to install.
    struct DnfGroupInstall {
        /// Names of groups.
        packages: Vec<String>,
        /// Whether the optional packages of the groups are installed too.
        #[serde(default)]
        with_optional: bool,
    }
}

installing! {
    /// Packages to install.
    struct DnfInstall {
        /// Names, addresses or `.rpm` files of `files/dnf`; or a mapping for packages of one repository.
        packages: Vec<NameOr<DnfInstallFrom>>,
    }
}

installing! {
    /// Packages to install from one repository.
    struct DnfInstallFrom {
        /// Id of the repository.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        repo: Option<String>,
        /// Names of packages.
        packages: Vec<String>,
    }
}

installing! {
    /// Packages or spec files whose build dependencies are installed.
    struct DnfBuilddep {
        /// Names or spec files; or a mapping for those of one repository.
        packages: Vec<NameOr<DnfBuilddepFrom>>,
    }
}

installing! {
    /// Packages of one repository whose build dependencies are installed.
    struct DnfBuilddepFrom {
        /// Id of the repository.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        #[schemars(with = "String")]
        repo: Option<String>,
        /// Names or spec files.
        packages: Vec<String>,
    }
}

installing! {
    /// Packages to take from one repository instead of where they came from.
    struct DnfReplace {
        /// Id or address of the repository that has the new packages.
        from_repo: String,
        /// Names; or a mapping where the new package has another name.
        packages: Vec<NameOr<DnfSwap>>,
    }
}

/// A package that another one takes the place of.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a name, or `old` and `new`"
)]
pub(super) struct DnfSwap {
    /// The package that goes.
    old: String,
    /// The package that comes.
    new: String,
    /// Whether installed packages may be removed to solve dependencies.
    #[serde(default)]
    allow_erasing: bool,
}
