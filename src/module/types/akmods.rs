//! `type: akmods`: kernel modules of Universal Blue; checked, not built.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Form, ModuleType};
use crate::module::union::present;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "akmods",
    does: "Installs kernel modules that Universal Blue builds.",
    example: "type: akmods\ninstall: [openrgb]\n",
    forms: &[Form::unbuilt::<Akmods>(BOTH, MISSING)],
};

/// What building it needs that is not there.
const MISSING: &str = "kernel modules that Universal Blue builds for the kernel of the day, from its image without a fixed version";

/// Installs kernel modules that Universal Blue builds.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
struct Akmods {
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
enum AkmodsBase {
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
enum NvidiaDriver {
    /// The proprietary driver, for older cards.
    Nvidia,
    /// The driver with open kernel modules, for newer cards.
    NvidiaOpen,
}
