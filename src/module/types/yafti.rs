//! `type: yafti`: a window that greets users; checked, not built.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Form, ModuleType};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "yafti",
    does: "Installs yafti, a window that greets users when they first log in.",
    example: "type: yafti\n",
    forms: &[Form::unbuilt::<Yafti>(BOTH, MISSING)],
};

/// What building it needs that is not there.
const MISSING: &str = "the Python packages of yafti from the network, which nobody keeps any more";

/// Installs yafti, a window that greets on first boot.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
struct Yafti {
    /// Flatpaks to offer, each as `Shown name: org.example.Id`.
    pub custom_flatpaks: Vec<BTreeMap<String, String>>,
}
