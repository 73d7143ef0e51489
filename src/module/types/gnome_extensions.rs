//! `type: gnome-extensions`: GNOME extensions; checked, not built.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Form, ModuleType};
use crate::module::union::NameOrNumber;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "gnome-extensions",
    does: "Installs GNOME extensions for all users.",
    example: "type: gnome-extensions\ninstall: [Night Theme Switcher]\n",
    forms: &[Form::unbuilt::<GnomeExtensions>(BOTH, MISSING)],
};

/// What building it needs that is not there.
const MISSING: &str = "the newest extensions from extensions.gnome.org, which are not a fixed version; install them as packages, or commit them and use `files`";

/// Installs GNOME extensions for all users.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping")]
pub(crate) struct GnomeExtensions {
    /// Names, as they are spelt on extensions.gnome.org, or their numbers.
    pub install: Vec<NameOrNumber>,
    /// Names of extensions to remove that no package owns.
    pub uninstall: Vec<String>,
}
