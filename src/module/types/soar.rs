//! `type: soar`: the soar package manager; checked, not built.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Form, ModuleType};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "soar",
    does: "Installs the soar package manager, and a timer that upgrades what it installed.",
    example: "type: soar\n",
    forms: &[Form::unbuilt::<Soar>(BOTH, MISSING)],
};

/// What building it needs that is not there.
const MISSING: &str = "the newest release of soar from the network, which is not a fixed version; commit the program and use `files`";

/// Installs the soar package manager with a timer that upgrades what it installed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
struct Soar {
    /// Whether a timer upgrades what soar installed.
    pub auto_upgrade: bool,
    /// Time between two upgrades, as systemd writes it.
    pub upgrade_interval: String,
    /// Kept for old recipes; does nothing.
    pub additional_repos: bool,
}

impl Default for Soar {
    fn default() -> Self {
        Self {
            auto_upgrade: true,
            upgrade_interval: "8h".into(),
            additional_repos: false,
        }
    }
}
