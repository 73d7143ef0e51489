//! One entry of `modules:`, by its type.

use schemars::{JsonSchema as _, Schema, SchemaGenerator};
use serde::de::{Deserialize as _, Deserializer};

use super::package::bluebuild::RpmOstree;
use super::types::containerfile::{BlueBuildContainerfile, Containerfile};
use super::sources::{BlueBuildCopy, Copy};
use super::desktop::{Desktop, NativeFonts};
use super::types::dnf::{Dnf, Native};
use super::types::files::{BlueBuildFiles, Files};
use super::types::initramfs::Initramfs;
use super::types::kargs::{BlueBuildKargs, Kargs};
use super::types::os_release::OsRelease;
use super::package::{Manager, Packages, Request};
use super::types::script::{BlueBuildScript, Script, Version};
use super::types::settings::Settings;
use super::types::signing::{BlueBuildSigning, Signing};
use super::surroundings::{Compiled, Surroundings};
use super::types::systemd::{BlueBuildSystemd, Systemd};
use super::types::trust_store::TrustStore;
use crate::origin::Diagnostic;

/// The language that an entry is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// A file with `apiVersion: terroir/v1`.
    Native,
    /// A BlueBuild recipe.
    BlueBuild,
}

/// The configuration of one module, without the keys that every entry has.
#[derive(Clone, Debug, PartialEq)]
pub enum Module {
    /// Runs scripts and lines of shell.
    Script(Box<Script>),
    /// Runs scripts and lines of shell as a version of BlueBuild's module does.
    BlueBuildScript(BlueBuildScript, Version),
    /// Follows the instructions of a Containerfile.
    Containerfile(Box<Containerfile>),
    /// Copies from a stage, an image or the repository.
    Copy(Copy),
    /// Makes the initramfs of every kernel again.
    Initramfs(Initramfs),
    /// Copies files of the repository.
    Files(Files),
    /// Changes the text by which the system names itself.
    OsRelease(OsRelease),
    /// Ships, enables, disables and masks units.
    Systemd(Systemd),
    /// Sets kernel arguments.
    Kargs(Kargs),
    /// Makes machines check the signature of this image.
    Signing(Signing),
    /// Sets anything that is a setting.
    Settings(Settings),
    /// Makes the system trust certificate authorities.
    TrustStore(TrustStore),
    /// Changes packages and their sources.
    Packages(Box<Packages>),
    /// Changes packages and their sources with dnf.
    Dnf(Box<Dnf>),
    /// Changes packages and their sources with rpm-ostree.
    RpmOstree(Box<RpmOstree>),
    /// Does something for desktops and their users.
    Desktop(Box<Desktop>),
}

const NATIVE: [&str; 18] = [
    "apk",
    "apt",
    "containerfile",
    "copy",
    "dnf",
    "files",
    "fonts",
    "initramfs",
    "kargs",
    "os-release",
    "packages",
    "pacman",
    "script",
    "settings",
    "signing",
    "systemd",
    "trust-store",
    "zypper",
];

const BLUEBUILD: [&str; 9] = [
    "containerfile",
    "copy",
    "files",
    "initramfs",
    "kargs",
    "os-release",
    "script",
    "signing",
    "systemd",
];

impl Module {
    /// The types that a dialect knows, sorted.
    #[must_use]
    pub fn names(dialect: Dialect) -> &'static [&'static str] {
        match dialect {
            Dialect::Native => &NATIVE,
            Dialect::BlueBuild => &BLUEBUILD,
        }
    }

    /// The versions that a module type can be asked for; the last but `latest` is the latest.
    #[must_use]
    pub fn versions(name: &str, dialect: Dialect) -> &'static [&'static str] {
        match (name, dialect) {
            ("script", Dialect::BlueBuild) => &["v1", "v2", "latest"],
            _ => &["v1", "latest"],
        }
    }

    /// Reads the configuration of a module type, written as `NAME`, or `NAME@VERSION` for a version
    /// that is not the latest; none when the dialect has no such type.
    pub fn parse<'de, D: Deserializer<'de>>(
        name: &str,
        dialect: Dialect,
        deserializer: D,
    ) -> Option<Result<Self, D::Error>> {
        Some(match (name, dialect) {
            ("script", Dialect::Native) => {
                Script::deserialize(deserializer).map(|script| Self::Script(Box::new(script)))
            }
            ("script", Dialect::BlueBuild) => BlueBuildScript::deserialize(deserializer)
                .map(|script| Self::BlueBuildScript(script, Version::V2)),
            ("script@v1", Dialect::BlueBuild) => BlueBuildScript::deserialize(deserializer)
                .map(|script| Self::BlueBuildScript(script, Version::V1)),
            ("containerfile", Dialect::Native) => Containerfile::deserialize(deserializer)
                .map(|containerfile| Self::Containerfile(Box::new(containerfile))),
            ("containerfile", Dialect::BlueBuild) => {
                BlueBuildContainerfile::deserialize(deserializer)
                    .map(|containerfile| Self::Containerfile(Box::new(containerfile.into())))
            }
            ("copy", Dialect::Native) => Copy::deserialize(deserializer).map(Self::Copy),
            ("copy", Dialect::BlueBuild) => {
                BlueBuildCopy::deserialize(deserializer).map(|copy| Self::Copy(copy.into()))
            }
            ("initramfs", _) => Initramfs::deserialize(deserializer).map(Self::Initramfs),
            ("files", Dialect::Native) => Files::deserialize(deserializer).map(Self::Files),
            ("files", Dialect::BlueBuild) => {
                BlueBuildFiles::deserialize(deserializer).map(|files| Self::Files(files.into()))
            }
            ("os-release", _) => OsRelease::deserialize(deserializer).map(Self::OsRelease),
            ("systemd", Dialect::Native) => Systemd::deserialize(deserializer).map(Self::Systemd),
            ("systemd", Dialect::BlueBuild) => BlueBuildSystemd::deserialize(deserializer)
                .map(|systemd| Self::Systemd(systemd.into())),
            ("kargs", Dialect::Native) => Kargs::deserialize(deserializer).map(Self::Kargs),
            ("kargs", Dialect::BlueBuild) => {
                BlueBuildKargs::deserialize(deserializer).map(|kargs| Self::Kargs(kargs.into()))
            }
            ("signing", Dialect::Native) => Signing::deserialize(deserializer).map(Self::Signing),
            ("signing", Dialect::BlueBuild) => BlueBuildSigning::deserialize(deserializer)
                .map(|signing| Self::Signing(signing.into())),
            ("settings", Dialect::Native) => {
                Settings::deserialize(deserializer).map(Self::Settings)
            }
            ("trust-store", Dialect::Native) => {
                TrustStore::deserialize(deserializer).map(Self::TrustStore)
            }
            ("dnf", Dialect::Native) => Native::deserialize(deserializer)
                .map(|native| Self::Dnf(Box::new(Dnf::Native(native)))),
            ("fonts", Dialect::Native) => NativeFonts::deserialize(deserializer)
                .map(|fonts| Self::Desktop(Box::new(Desktop::Fonts(fonts)))),
            (_, Dialect::Native) => {
                let manager = manager(name)?;
                Request::deserialize(deserializer)
                    .map(|request| Self::Packages(Box::new(Packages { manager, request })))
            }
            _ => return None,
        })
    }

    /// The schema of each native module type's configuration.
    pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![
            ("apk", Request::json_schema(generator)),
            ("apt", Request::json_schema(generator)),
            ("containerfile", Containerfile::json_schema(generator)),
            ("copy", Copy::json_schema(generator)),
            ("dnf", Native::json_schema(generator)),
            ("files", Files::json_schema(generator)),
            ("fonts", NativeFonts::json_schema(generator)),
            ("initramfs", Initramfs::json_schema(generator)),
            ("kargs", Kargs::json_schema(generator)),
            ("os-release", OsRelease::json_schema(generator)),
            ("packages", Request::json_schema(generator)),
            ("pacman", Request::json_schema(generator)),
            ("script", Script::json_schema(generator)),
            ("settings", Settings::json_schema(generator)),
            ("signing", Signing::json_schema(generator)),
            ("systemd", Systemd::json_schema(generator)),
            ("trust-store", TrustStore::json_schema(generator)),
            ("zypper", Request::json_schema(generator)),
        ]
    }

    /// The schema of each module type's configuration in a BlueBuild recipe, as `type:` spells it.
    ///
    /// Types that are missing here have no schema of their own.
    pub fn bluebuild_schemas(generator: &mut SchemaGenerator) -> Vec<(String, Schema)> {
        let types = [
            (
                "containerfile",
                BlueBuildContainerfile::json_schema(generator),
            ),
            ("copy", BlueBuildCopy::json_schema(generator)),
            ("files", BlueBuildFiles::json_schema(generator)),
            ("initramfs", Initramfs::json_schema(generator)),
            ("kargs", BlueBuildKargs::json_schema(generator)),
            ("os-release", OsRelease::json_schema(generator)),
            ("script", BlueBuildScript::json_schema(generator)),
            ("signing", BlueBuildSigning::json_schema(generator)),
            ("systemd", BlueBuildSystemd::json_schema(generator)),
        ];
        let spelled = |(name, schema): (&str, Schema)| {
            let versions = Self::versions(name, Dialect::BlueBuild).iter();
            let mut all = vec![(name.to_owned(), schema.clone())];
            all.extend(versions.map(|version| (format!("{name}@{version}"), schema.clone())));
            all
        };
        types.into_iter().flat_map(spelled).collect()
    }

    /// Turns the configuration into settings, actions and finish requests, or says all that is
    /// wrong with it.
    pub fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        match self {
            Self::Script(script) => script.compile(around),
            Self::BlueBuildScript(script, version) => script.compile(*version, around),
            Self::Containerfile(containerfile) => containerfile.compile(around),
            Self::Copy(copy) => copy.compile(around),
            Self::Initramfs(initramfs) => Ok(initramfs.compile(around)),
            Self::Files(files) => files.compile(around),
            Self::OsRelease(os_release) => os_release.compile(around),
            Self::Systemd(systemd) => systemd.compile(around),
            Self::Kargs(kargs) => kargs.compile(),
            Self::Signing(signing) => signing.compile(around),
            Self::Settings(settings) => settings.compile(around),
            Self::TrustStore(trust_store) => trust_store.compile(around),
            Self::Packages(packages) => packages.compile(around),
            Self::Dnf(dnf) => dnf.compile(around),
            Self::RpmOstree(rpm_ostree) => rpm_ostree.compile(around),
            Self::Desktop(desktop) => desktop.compile(around),
        }
    }
}

/// The package manager of a native module type; that of the family for `packages`.
fn manager(name: &str) -> Option<Option<Manager>> {
    Some(match name {
        "apk" => Some(Manager::Apk),
        "apt" => Some(Manager::Apt),
        "packages" => None,
        "pacman" => Some(Manager::Pacman),
        "zypper" => Some(Manager::Zypper),
        _ => return None,
    })
}
