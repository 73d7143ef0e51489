//! What a recipe's `tests` expect of the finished tree.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::AnyScalar;
use crate::origin::{Sourced, SourcedMap};

/// One test of the finished tree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Test {
    /// A file, directory or link is as described.
    File(FileTest),
    /// A package is installed, or is not.
    Package(PackageTest),
    /// A unit is enabled, disabled or masked.
    Service(ServiceTest),
    /// An account is as described.
    User(UserTest),
    /// Kernel parameters, as they will be at boot.
    Sysctl(#[schemars(with = "SourcedMap<AnyScalar>")] SourcedMap<Sourced<String>>),
    /// A command ends as described.
    Command(CommandTest),
}

/// What a file should be like; what is absent is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct FileTest {
    /// The absolute path.
    pub path: Sourced<String>,
    /// Whether it is there; true when absent.
    pub exists: Option<bool>,
    /// Permissions in octal, quoted: `"0644"`.
    pub mode: Option<Sourced<String>>,
    /// The owner's name or number.
    pub owner: Option<Sourced<String>>,
    /// The group's name or number.
    pub group: Option<Sourced<String>>,
    /// Texts that it holds.
    #[serde(default)]
    pub contains: Vec<Sourced<String>>,
    /// What the symbolic link names.
    pub link: Option<Sourced<String>>,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: Option<Sourced<String>>,
}

/// Whether a package is there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct PackageTest {
    /// Its name.
    pub name: Sourced<String>,
    /// Whether it is installed; true when absent.
    pub installed: Option<bool>,
    /// The version that is installed.
    pub version: Option<Sourced<String>>,
}

/// The state of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ServiceTest {
    /// Its name, such as `sshd.service`.
    pub name: Sourced<String>,
    /// Whether it starts at boot.
    pub enabled: Option<bool>,
    /// Whether it is masked.
    pub masked: Option<bool>,
}

/// What an account should be like.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct UserTest {
    /// Its name.
    pub name: Sourced<String>,
    /// Whether it is there; true when absent.
    pub exists: Option<bool>,
    /// Its number.
    pub uid: Option<u32>,
    /// Its home directory.
    pub home: Option<Sourced<String>>,
    /// Its login shell.
    pub shell: Option<Sourced<String>>,
    /// Groups that it belongs to.
    #[serde(default)]
    pub groups: Vec<Sourced<String>>,
}

/// A command and how it should end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CommandTest {
    /// The command line, given to `/bin/sh -c`.
    pub run: Sourced<String>,
    /// Its exit status; 0 when absent.
    pub exit: Option<u8>,
    /// Texts that its standard output holds.
    #[serde(default)]
    pub stdout: Vec<Sourced<String>>,
    /// Environment that it gets.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}
