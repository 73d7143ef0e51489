//! The `dnf` module: repositories, keys, COPR projects, packages and groups.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::union::{ListOr, NameOr, present};
use crate::origin::Sourced;

/// Declares a mapping that ends with the switches which all installing keys of `dnf` share.
macro_rules! installing {
    ($(#[$about:meta])* $see:vis struct $name:ident { $($(#[$key:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a mapping")]
        $see struct $name {
            $($(#[$key])* pub $field: $type,)*
            /// Whether weak dependencies are installed too; they are when nothing is said.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "bool")]
            pub install_weak_deps: Option<bool>,
            /// Whether a package that no repository has is passed over.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "bool")]
            pub skip_unavailable: Option<bool>,
            /// Whether a package that cannot be installed is passed over.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "bool")]
            pub skip_broken: Option<bool>,
            /// Whether installed packages may be removed to solve dependencies.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "bool")]
            pub allow_erasing: Option<bool>,
            /// Whether signatures are left unchecked; not secure.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "bool")]
            pub no_gpgchecks: Option<bool>,
            /// Packages that must not be installed.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "Vec<String>")]
            pub exclude: Option<Vec<Sourced<String>>>,
        }

        impl $name {
            /// The switches that are written here, over those of the mapping around it.
            pub(in crate::module) fn switches(&self, around: &Switches) -> Switches {
                let exclude = self.exclude.as_ref();
                Switches {
                    weak: self.install_weak_deps.or(around.weak),
                    skip_unavailable: self.skip_unavailable.unwrap_or(around.skip_unavailable),
                    skip_broken: self.skip_broken.unwrap_or(around.skip_broken),
                    allow_erasing: self.allow_erasing.unwrap_or(around.allow_erasing),
                    no_gpgchecks: self.no_gpgchecks.unwrap_or(around.no_gpgchecks),
                    exclude: exclude.unwrap_or(&around.exclude).clone(),
                }
            }
        }
    };
}
pub(in crate::module) use installing;

/// The switches that all installing keys of `dnf` share.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::module) struct Switches {
    /// Whether weak dependencies are installed too; as dnf is configured when absent.
    pub weak: Option<bool>,
    /// Whether a package that no repository has is passed over.
    pub skip_unavailable: bool,
    /// Whether a package that cannot be installed is passed over.
    pub skip_broken: bool,
    /// Whether installed packages may be removed to solve dependencies.
    pub allow_erasing: bool,
    /// Whether signatures are left unchecked.
    pub no_gpgchecks: bool,
    /// Packages that must not be installed.
    pub exclude: Vec<Sourced<String>>,
}

fn yes() -> bool {
    true
}

/// Repositories, keys and packages through dnf5.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(in crate::module) struct Dnf {
    /// Repositories and keys to add before anything is installed.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DnfRepos")]
    pub repos: Option<DnfRepos>,
    /// Deprecated: folders under /opt that packages install into.
    #[serde(default)]
    pub optfix: Vec<Sourced<String>>,
    /// Groups to remove.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DnfGroupRemove")]
    pub group_remove: Option<DnfGroupRemove>,
    /// Groups to install.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DnfGroupInstall")]
    pub group_install: Option<DnfGroupInstall>,
    /// Packages to remove.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DnfRemove")]
    pub remove: Option<DnfRemove>,
    /// Packages to install.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DnfInstall")]
    pub install: Option<DnfInstall>,
    /// Packages or spec files whose build dependencies are installed.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "DnfBuilddep")]
    pub builddep: Option<DnfBuilddep>,
    /// Packages to take from another repository than the one they came from.
    #[serde(default)]
    pub replace: Vec<DnfReplace>,
}

/// Repositories and keys.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct DnfRepos {
    /// Whether the repositories that this entry adds are removed again after it.
    #[serde(default)]
    pub cleanup: bool,
    /// `.repo` files to add, by address or by name in `files/dnf`; or `add` and `remove`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "ListOr<Sourced<String>, DnfRepoFiles>")]
    pub files: Option<ListOr<Sourced<String>, DnfRepoFiles>>,
    /// COPR projects to enable; or `enable` and `disable`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "ListOr<Sourced<NameOr<CoprProject>>, DnfCopr>")]
    pub copr: Option<ListOr<Sourced<NameOr<CoprProject>>, DnfCopr>>,
    /// Signing keys to import, by address or by name in `files/dnf`.
    #[serde(default)]
    pub keys: Vec<Sourced<String>>,
    /// The one repository of non-free packages to enable.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Nonfree")]
    pub nonfree: Option<Nonfree>,
}

/// Repositories of non-free packages for Fedora.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::module) enum Nonfree {
    /// Replaces rpmfusion.
    Negativo17,
    /// Replaces negativo17.
    Rpmfusion,
}

/// `.repo` files to add and repositories to remove.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a list, or `add` and `remove`")]
pub(in crate::module) struct DnfRepoFiles {
    /// Addresses, or names in `files/dnf`.
    #[serde(default)]
    pub add: Vec<Sourced<String>>,
    /// Repository ids, as `dnf5 repolist` shows them.
    #[serde(default)]
    pub remove: Vec<Sourced<String>>,
}

/// COPR projects to enable and to disable.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a list, or `enable` and `disable`")]
pub(in crate::module) struct DnfCopr {
    /// Projects to enable.
    #[serde(default)]
    pub enable: Vec<Sourced<NameOr<CoprProject>>>,
    /// Projects to disable, as `owner/project`.
    #[serde(default)]
    pub disable: Vec<Sourced<String>>,
}

/// A COPR project for one chroot.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "`owner/project`, or `name` and `chroot`"
)]
pub(in crate::module) struct CoprProject {
    /// The project, as `owner/project`.
    pub name: Sourced<String>,
    /// The chroot, as `fedora-43-x86_64`.
    pub chroot: Sourced<String>,
}

/// Groups to remove.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `packages`")]
pub(in crate::module) struct DnfGroupRemove {
    /// Names of groups.
    pub packages: Vec<Sourced<String>>,
}

/// Packages to remove.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `packages`"
)]
pub(in crate::module) struct DnfRemove {
    /// Names of packages.
    pub packages: Vec<Sourced<String>>,
    /// Whether dependencies that nothing needs any more go too.
    #[serde(default = "yes")]
    pub auto_remove: bool,
}

installing! {
    /// Groups to install.
    pub(in crate::module) struct DnfGroupInstall {
        /// Names of groups.
        packages: Vec<Sourced<String>>,
        /// Whether the optional packages of the groups are installed too.
        #[serde(default)]
        with_optional: bool,
    }
}

installing! {
    /// Packages to install.
    pub(in crate::module) struct DnfInstall {
        /// Names, addresses or `.rpm` files of `files/dnf`; or a mapping for packages of one repository.
        packages: Vec<Sourced<NameOr<DnfInstallFrom>>>,
    }
}

installing! {
    /// Packages to install from one repository.
    pub(in crate::module) struct DnfInstallFrom {
        /// Id of the repository.
        #[serde(default, deserialize_with = "present")]
        #[schemars(with = "String")]
        repo: Option<Sourced<String>>,
        /// Names of packages.
        packages: Vec<Sourced<String>>,
    }
}

installing! {
    /// Packages or spec files whose build dependencies are installed.
    pub(in crate::module) struct DnfBuilddep {
        /// Names or spec files; or a mapping for those of one repository.
        packages: Vec<Sourced<NameOr<DnfBuilddepFrom>>>,
    }
}

installing! {
    /// Packages of one repository whose build dependencies are installed.
    pub(in crate::module) struct DnfBuilddepFrom {
        /// Id of the repository.
        #[serde(default, deserialize_with = "present")]
        #[schemars(with = "String")]
        repo: Option<Sourced<String>>,
        /// Names or spec files.
        packages: Vec<Sourced<String>>,
    }
}

installing! {
    /// Packages to take from one repository instead of where they came from.
    pub(in crate::module) struct DnfReplace {
        /// Id or address of the repository that has the new packages.
        from_repo: Sourced<String>,
        /// Names; or a mapping where the new package has another name.
        packages: Vec<Sourced<NameOr<DnfSwap>>>,
    }
}

/// A package that another one takes the place of.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a name, or `old` and `new`"
)]
pub(in crate::module) struct DnfSwap {
    /// The package that goes.
    pub old: Sourced<String>,
    /// The package that comes.
    pub new: Sourced<String>,
    /// Whether installed packages may be removed to solve dependencies.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub allow_erasing: Option<bool>,
}
