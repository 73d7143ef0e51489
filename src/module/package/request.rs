//! The one shape in which native recipes ask any package manager for something.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bluebuild::PackageManager;
use super::item::Item;
use super::repo::Repo;
use crate::module::union::{ListOr, present};
use crate::origin::Sourced;

/// Declares what a package manager can be asked for: the keys that all of them share, `repos` before
/// them, the words for `pins`, and further keys.
macro_rules! asking {
    (
        $(#[$about:meta])* $see:vis struct $name:ident { $(#[$repos:meta])* repos: $sources:ty }
        pins: $(#[$pins:meta])*
        further: { $($(#[$key:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default, rename_all = "kebab-case", expecting = "a mapping")]
        $see struct $name {
            $(#[$repos])*
            pub repos: $sources,
            /// Files of the repository with keys that sign packages.
            pub keys: Vec<Sourced<String>>,
            $(#[$pins])*
            pub pins: Vec<Pin>,
            /// Packages that later upgrades leave alone.
            pub hold: Vec<Sourced<Item>>,
            /// Packages that later upgrades do not leave alone any more.
            pub unhold: Vec<Sourced<Item>>,
            $($(#[$key])* pub $field: $type,)*
            /// Package files of the repository to install.
            pub files: Vec<Sourced<String>>,
        }
    };
}
pub(in crate::module) use asking;

asking! {
    /// What shall become of the packages and their sources.
    pub(in crate::module) struct Request {
        /// Repositories to add.
        repos: Vec<Repo>
    }
    pins:
        /// Versions and origins that are preferred.
    further: {
        /// Whether all installed packages are brought to the newest version first; they are where
        /// nothing else is supported (pacman).
        #[serde(deserialize_with = "present")]
        #[schemars(with = "bool")]
        upgrade: Option<bool>,
        /// Packages that come.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "ListOr<Item, Install>")]
        install: Option<ListOr<Sourced<Item>, Install>>,
        /// Packages that go, before others come.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "ListOr<Item, Remove>")]
        remove: Option<ListOr<Sourced<Item>, Remove>>,
        /// Whether packages come too that are only recommended; apt: they do not, others: as the image
        /// configures it.
        #[serde(deserialize_with = "present")]
        #[schemars(with = "bool")]
        recommends: Option<bool>,
    }
}

/// Packages that come.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a list, or a mapping with `packages`"
)]
pub(in crate::module) struct Install {
    /// Names; or a mapping of families to names.
    pub packages: Vec<Sourced<Item>>,
}

/// Packages that go.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a list, or a mapping with `packages`"
)]
pub(in crate::module) struct Remove {
    /// Names; or a mapping of families to names.
    pub packages: Vec<Sourced<Item>>,
    /// Whether what nothing needs any more goes too.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub auto_remove: Option<bool>,
}

/// A version or origin that is preferred (`apt_preferences(5)`).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `package`"
)]
pub(in crate::module) struct Pin {
    /// Names of packages, or patterns, separated by spaces.
    pub package: Sourced<String>,
    /// The version, or a pattern.
    #[serde(default)]
    pub version: Option<Sourced<String>>,
    /// The release, as `n=trixie-backports` or `o=Debian,a=stable` (apt).
    #[serde(default)]
    pub release: Option<Sourced<String>>,
    /// The host of the repository (apt).
    #[serde(default)]
    pub origin: Option<Sourced<String>>,
    /// The priority (apt): below 0 never, 500 as others, 990 preferred, above 1000 even downgrading.
    #[serde(default)]
    pub priority: Option<Sourced<i32>>,
}

impl Request {
    /// The packages that come.
    pub(in crate::module) fn install(&self) -> &[Sourced<Item>] {
        match &self.install {
            Some(ListOr::List(items)) => items,
            Some(ListOr::Mapping(install)) => &install.packages,
            None => &[],
        }
    }

    /// The packages that go.
    pub(in crate::module) fn remove(&self) -> &[Sourced<Item>] {
        match &self.remove {
            Some(ListOr::List(items)) => items,
            Some(ListOr::Mapping(remove)) => &remove.packages,
            None => &[],
        }
    }

    /// Whether what nothing needs any more goes too, if something is said about it.
    pub(in crate::module) fn auto_remove(&self) -> Option<bool> {
        match &self.remove {
            Some(ListOr::Mapping(remove)) => remove.auto_remove,
            _ => None,
        }
    }
}

impl From<PackageManager> for Request {
    fn from(manager: PackageManager) -> Self {
        let items = |packages: Vec<Sourced<String>>| {
            let trimmed =
                |name: Sourced<String>| name.map(|name| Item::Name(name.trim().to_owned()));
            packages.into_iter().map(trimmed).collect()
        };
        Self {
            install: manager
                .install
                .map(|install| ListOr::List(items(install.packages))),
            remove: manager
                .remove
                .map(|remove| ListOr::List(items(remove.packages))),
            ..Self::default()
        }
    }
}
