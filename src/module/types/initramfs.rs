//! `type: initramfs`: the initramfs of every installed kernel is made again.
//!
//! Natively it is a request to the finish phase, which makes it once, after all entries of all
//! tiers; in a BlueBuild recipe it is done where the entry stands.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Command};
use crate::module::module_type::{BOTH, Configuration, Form, ModuleType};
use crate::module::surroundings::{Compiled, Dialect, FinishRequest, Surroundings};
use crate::origin::Diagnostic;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "initramfs",
    does: "Builds the initramfs of every installed kernel again.",
    example: "type: initramfs\n",
    forms: &[Form::of::<Initramfs>(BOTH)],
};

/// Runs dracut, or update-initramfs where there is no dracut, for each kernel.
const SCRIPT: &str = include_str!("initramfs.sh");

/// Configuration of the module type `initramfs`: it has no keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct Initramfs {}

impl Configuration for Initramfs {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut compiled = Compiled::default();
        match around.dialect {
            Dialect::Native => compiled.finish.push(FinishRequest::Initramfs),
            Dialect::BlueBuild => {
                let commands = initramfs_commands().into_iter();
                compiled
                    .actions
                    .extend(commands.map(|command| Action::Run(Box::new(command))));
            }
        }
        Ok(compiled)
    }
}

/// The commands that make the initramfs of every kernel below `/usr/lib/modules` again.
#[must_use]
pub fn initramfs_commands() -> Vec<Command> {
    let words = ["/bin/sh", "-euc", SCRIPT].map(str::to_owned);
    vec![Command::new("initramfs", words.to_vec())]
}
