//! What `from-file` names: one module, one stage, or lists of them.

use serde::Deserialize;

use super::check::{check_entries, check_stages, together};
use super::entry::Entry;
use super::stage::StageEntry;
use crate::module::Dialect;
use crate::origin::Diagnostic;
use crate::yaml::{self, ApiVersion, Node};

/// The target of a `from-file`.
///
/// Which of the lists counts is decided by where the file is included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FragmentDocument {
    /// What it holds for `modules`.
    pub modules: Vec<Entry>,
    /// What it holds for `stages`.
    pub stages: Vec<StageEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lists {
    #[serde(rename = "apiVersion")]
    _api_version: Option<ApiVersion>,
    #[serde(default)]
    modules: Vec<Entry>,
    #[serde(default)]
    stages: Vec<StageEntry>,
}

impl FragmentDocument {
    /// Reads the target of a `from-file`.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub(crate) fn read(node: &Node, dialect: Dialect) -> Result<Self, Vec<Diagnostic>> {
        let has = |key: &str| node.get(key).is_some();
        if has("base-image") || (has("apiVersion") && has("from")) {
            let message = "`from-file` names a whole recipe";
            let hint = "move the entries that are shared into a file with only `modules:`";
            return Err(vec![Diagnostic::error(&node.origin, message).hint(hint)]);
        }
        if !node.items().is_empty() {
            let message = "a file for `from-file` is a mapping, found a list";
            let hint = "put the list under `modules:`";
            return Err(vec![Diagnostic::error(&node.origin, message).hint(hint)]);
        }
        if has("from") && !has("type") {
            let stage: StageEntry = together(yaml::decode(node), check_stages([node], dialect))?;
            return Ok(Self {
                stages: vec![stage],
                ..Self::default()
            });
        }
        if has("modules") || has("stages") {
            let mut problems = check_entries(node.get("modules"), dialect);
            let stages = node.get("stages").into_iter().flat_map(Node::items);
            problems.extend(check_stages(stages, dialect));
            let lists: Lists = together(yaml::decode(node), problems)?;
            return Ok(Self {
                modules: lists.modules,
                stages: lists.stages,
            });
        }
        let entry: Entry = together(yaml::decode(node), Entry::check(node, dialect))?;
        let stages = match StageEntry::from_file(&entry) {
            Some(stage) => vec![stage],
            None => Vec::new(),
        };
        Ok(Self {
            modules: vec![entry],
            stages,
        })
    }
}
