//! `type: bling`: extras of Universal Blue for desktops; checked, not built.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Form, ModuleType};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "bling",
    does: "Installs small extras of Universal Blue for desktops.",
    example: "type: bling\ninstall: [rpmfusion]\n",
    forms: &[Form::unbuilt::<Bling>(BOTH, MISSING)],
};

/// What building it needs that is not there.
const MISSING: &str = "installers of Universal Blue's image that fetch from the network without a fixed version; repositories are keys of `dnf`";

/// Small extras for desktops.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
struct Bling {
    /// The extras to install.
    pub install: Vec<BlingExtra>,
}

/// The extras that `bling` knows.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum BlingExtra {
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
