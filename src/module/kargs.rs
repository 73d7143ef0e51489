//! `type: kargs`: kernel arguments.

use schemars::JsonSchema;
use serde::Deserialize;

use super::surroundings::Compiled;
use crate::origin::{Diagnostic, Sourced};
use crate::setting::karg_words;

/// Configuration of the module type `kargs`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kargs {
    /// Arguments such as `quiet` and `console=ttyS0`.
    pub kargs: Vec<Sourced<String>>,
    /// The only architectures that they are for, separated by commas: `x86_64, aarch64`.
    #[serde(default)]
    pub arch: Option<Sourced<String>>,
}

impl Kargs {
    pub(super) fn compile(&self) -> Result<Compiled, Vec<Diagnostic>> {
        let architectures: Vec<Sourced<String>> = self
            .arch
            .iter()
            .flat_map(|arch| {
                arch.split(',')
                    .map(|name| Sourced::new(name.trim().to_owned(), arch.origin.clone()))
            })
            .collect();
        Ok(Compiled {
            settings: karg_words(&self.kargs, &architectures)?,
            ..Compiled::default()
        })
    }
}
