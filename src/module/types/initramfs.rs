//! `type: initramfs`: the initramfs of every installed kernel is made again.
//!
//! Natively it is a request to the finish phase, which makes it once, after all entries of all
//! tiers; in a BlueBuild recipe it is done where the entry stands.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::entry::Dialect;
use crate::module::surroundings::{Compiled, FinishRequest, Surroundings};
use crate::action::{Action, Command};

/// Runs dracut, or update-initramfs where there is no dracut, for each kernel.
const SCRIPT: &str = include_str!("initramfs.sh");

/// Configuration of the module type `initramfs`: it has no keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub struct Initramfs {}

impl Initramfs {
    pub(in crate::module) fn compile(&self, around: &Surroundings<'_>) -> Compiled {
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
        compiled
    }
}

/// The commands that make the initramfs of every kernel below `/usr/lib/modules` again.
#[must_use]
pub fn initramfs_commands() -> Vec<Command> {
    let words = ["/bin/sh", "-euc", SCRIPT].map(str::to_owned);
    vec![Command::new("initramfs", words.to_vec())]
}
