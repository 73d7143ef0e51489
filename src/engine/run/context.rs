//! The context of a step that runs commands: the root below it and how commands are run.

use std::collections::BTreeMap;

use crate::action::Tree;
use crate::engine::outside::Outside;
use crate::engine::parent::LayerId;
use crate::engine::runner::Runner;
use crate::module::DEFAULT_PATH;
use crate::package::Accounts;
use crate::tree::Codec;

/// Variables that every command has.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("LANG", "C.UTF-8"),
    ("PATH", DEFAULT_PATH),
    ("TERM", "dumb"),
    ("container", "oci"),
];

/// The root below a step that runs commands, and how the commands are run.
#[derive(Clone, Copy)]
pub(in crate::engine) struct RunContext<'a> {
    /// The layers below it, records left out.
    pub layers: &'a [LayerId],
    /// The layers of the roots that it copies from.
    pub trees: &'a BTreeMap<Tree, Vec<LayerId>>,
    /// Variables that the parent's config states.
    pub environment: &'a [(String, String)],
    /// The ids that accounts should have which the step makes.
    pub accounts: &'a Accounts,
    /// The latest time that an entry may have.
    pub epoch: u64,
    /// How its layer is compressed.
    pub codec: Codec,
    /// Who carries it out.
    pub runner: &'a Runner,
    /// The store, and what is outside of it.
    pub outside: &'a Outside,
}

/// The name of another root.
pub(in crate::engine) fn tree_name(tree: &Tree) -> String {
    match tree {
        Tree::Stage(name) => format!("stage {name}"),
        Tree::Image(reference) => reference.clone(),
    }
}

/// The variables of a command of an image with some variables of its own.
pub(super) fn command_environment(
    context: RunContext<'_>,
    own: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let fixed = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut all: BTreeMap<String, String> = fixed.into_iter().collect();
    all.extend(context.environment.iter().cloned());
    all.insert("SOURCE_DATE_EPOCH".to_owned(), context.epoch.to_string());
    all.extend(own.clone());
    all
}
