//! `type: settings`: anything that is a setting, without a layer document around it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{Configuration, Form, ModuleType, NATIVE};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::Diagnostic;
use crate::setting::Declaration;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "settings",
    does: "Sets anything that is a setting, without a layer around it.",
    example: "type: settings\nsettings:\n  - sysctl: { net.ipv4.ip_forward: 0 }\n",
    forms: &[Form::of::<Settings>(NATIVE)],
};

/// Configuration of the module type `settings`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct Settings {
    /// The settings, a list of one-key mappings by kind.
    pub settings: Vec<Declaration>,
}

impl Configuration for Settings {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut compiled = Compiled::default();
        let mut wrong = Vec::new();
        for declaration in &self.settings {
            match declaration.settings(around.inputs) {
                Ok(settings) => compiled.settings.extend(settings),
                Err(diagnostics) => wrong.extend(diagnostics),
            }
        }
        if wrong.is_empty() {
            Ok(compiled)
        } else {
            Err(wrong)
        }
    }
}
