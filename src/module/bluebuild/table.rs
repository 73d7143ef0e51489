//! The table of module types: name, versions, configuration.

use schemars::{JsonSchema as _, Schema, SchemaGenerator};
use serde::de::{Deserialize as _, Deserializer, Error as _};

use crate::module::types::default_flatpaks::written;
use crate::module::types::dnf::bluebuild;
use crate::module::package::bluebuild;
use super::{ublue, user};
use crate::module::entry::Module;

/// A checked entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Checked {
    /// It is built.
    Module(Box<Module>),
    /// It cannot be built.
    Unbuilt(Unbuilt),
}

/// A checked entry that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// The module type, without its version.
    pub name: &'static str,
    /// What building it needs that is not there, as the end of "it needs …"; empty where it is only
    /// not built yet.
    pub missing: &'static str,
}

/// A configuration, as the table below has it.
pub(super) trait Config {
    /// The module that builds it, or what that needs and is not there.
    fn module(self, name: &'static str) -> Result<Module, &'static str>;
}

/// Writes the functions of this file from one table, so that they cannot disagree.
///
/// The last version of a line is what an entry without a version means.
macro_rules! module_types {
    ($($name:literal: $($($version:literal)|+ => $config:ty),+;)+) => {
        /// The names of the module types, sorted.
        #[must_use]
        pub fn names() -> &'static [&'static str] {
            &[$($name),+]
        }

        /// The versions that a module type can be asked for; empty for an unknown name.
        #[must_use]
        pub fn versions(name: &str) -> &'static [&'static str] {
            match name {
                $($name => &[$($($version),+),+],)+
                _ => &[],
            }
        }

        /// Reads and checks the configuration of an entry: all keys but those that every entry has.
        ///
        /// None when the name is not one of [`names`]. An entry without a version has the latest.
        pub fn parse<'de, D: Deserializer<'de>>(
            name: &str,
            version: Option<&str>,
            deserializer: D,
        ) -> Option<Result<Checked, D::Error>> {
            let result = match (name, version.unwrap_or("latest")) {
                $($(($name, $($version)|+) => {
                    <$config>::deserialize(deserializer).map(|config| checked($name, config))
                })+)+
                (_, version) => {
                    let versions = versions(name);
                    if versions.is_empty() {
                        return None;
                    }
                    Err(D::Error::custom(format_args!(
                        "`{name}` has no version `{version}`; the versions are {}",
                        versions.join(", ")
                    )))
                }
            };
            Some(result)
        }

        /// The JSON Schema of each configuration, named as `type:` spells it (`dnf`, `dnf@v1` …).
        ///
        /// Each is the schema of a mapping without the keys that every entry has.
        pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
            let mut schemas = Vec::new();
            $(
                $($(schemas.push((
                    concat!($name, "@", $version),
                    <$config>::json_schema(generator),
                ));)+)+
                let latest = schemas.last().map(|(_, schema)| schema.clone());
                schemas.extend(latest.map(|schema| ($name, schema)));
            )+
            schemas
        }
    };
}

module_types! {
    "akmods": "v1" | "latest" => ublue::Akmods;
    "apk": "v1" | "latest" => bluebuild::PackageManager;
    "apt": "v1" | "latest" => bluebuild::PackageManager;
    "bling": "v1" | "latest" => ublue::Bling;
    "brew": "v1" | "latest" => user::Brew;
    "chezmoi": "v1" | "latest" => user::Chezmoi;
    "default-flatpaks": "v1" => written::DefaultFlatpaksV1, "v2" | "latest" => written::DefaultFlatpaksV2;
    "dnf": "v1" | "latest" => bluebuild::Dnf;
    "fonts": "v1" | "latest" => written::Fonts;
    "gnome-extensions": "v1" | "latest" => written::GnomeExtensions;
    "gschema-overrides": "v1" | "latest" => written::GschemaOverrides;
    "justfiles": "v1" | "latest" => ublue::Justfiles;
    "pacman": "v1" | "latest" => bluebuild::PackageManager;
    "rpm-ostree": "v1" | "latest" => bluebuild::RpmOstree;
    "soar": "v1" | "latest" => user::Soar;
    "yafti": "v1" | "latest" => ublue::Yafti;
    "zypper": "v1" | "latest" => bluebuild::PackageManager;
}

fn checked(name: &'static str, config: impl Config) -> Checked {
    match config.module(name) {
        Ok(module) => Checked::Module(Box::new(module)),
        Err(missing) => Checked::Unbuilt(Unbuilt { name, missing }),
    }
}
