//! Modules for Universal Blue images and their tools: `akmods`, `justfiles`, `bling`, `yafti`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::union::present;
use crate::origin::Sourced;

/// Installs kernel modules that Universal Blue builds.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(super) struct Akmods {
    /// The kernel of the image.
    #[serde(default)]
    pub base: AkmodsBase,
    /// Names of kernel modules.
    pub install: Vec<String>,
    /// The NVIDIA driver to install.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "NvidiaDriver")]
    pub nvidia_driver: Option<NvidiaDriver>,
}

/// Kernels that Universal Blue builds modules for.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AkmodsBase {
    /// Fedora's own kernel.
    #[default]
    Main,
    /// For ASUS machines.
    Asus,
    /// The fsync kernel.
    Fsync,
    /// The fsync kernel, stable.
    FsyncBa,
    /// For Surface machines.
    Surface,
    /// The kernel of CoreOS stable.
    CoreosStable,
    /// The kernel of CoreOS testing.
    CoreosTesting,
    /// Bazzite's kernel.
    Bazzite,
    /// The kernel of the Open Gaming Collective.
    Ogc,
}

/// NVIDIA's drivers.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NvidiaDriver {
    /// The proprietary driver, for older cards.
    Nvidia,
    /// The driver with open kernel modules, for newer cards.
    NvidiaOpen,
}

/// Adds justfiles to the image's `ujust`.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub struct Justfiles {
    /// Whether the files are checked with `just --fmt`.
    pub validate: bool,
    /// Files or folders of `files/justfiles`; all when empty.
    pub include: Vec<Sourced<String>>,
    /// Whether `just` is installed with the package manager.
    pub install: bool,
}

/// Small extras for desktops.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct Bling {
    /// The extras to install.
    pub install: Vec<BlingExtra>,
}

/// The extras that `bling` knows.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum BlingExtra {
    /// The RPM Fusion repositories.
    Rpmfusion,
    /// The negativo17 repositories.
    Negativo17,
    /// Universal Blue's updater.
    UblueUpdate,
    /// The 1Password client.
    #[serde(rename = "1password")]
    OnePassword,
    /// A service that updates dconf's databases.
    DconfUpdateService,
    /// GNOME with variable refresh rate.
    GnomeVrr,
}

/// Installs yafti, a window that greets on first boot.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
pub(super) struct Yafti {
    /// Flatpaks to offer, each as `Shown name: org.example.Id`.
    pub custom_flatpaks: Vec<BTreeMap<String, String>>,
}
