//! One configuration file with the settings of all its keys.

use super::declare::ConfigValue;
use super::program::Program;
use crate::path::TreePath;
use crate::setting::contract::check::Unexamined;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::Refusal;
use crate::tree::Snapshot;

/// The keys of one file, with what is known of it.
pub(super) struct Target<'a> {
    /// The file as the settings name it.
    pub file: TreePath,
    /// Which program reads it.
    pub program: Program,
    /// Names and values of all its settings.
    pub keys: Vec<(&'a str, ConfigValue)>,
    /// The root as it is before.
    pub root: Snapshot,
}

impl Target<'_> {
    /// The key in the name of a setting.
    pub(super) fn key<'b>(&self, name: &'b str) -> &'b str {
        name.split_once('#').map_or("", |(_, key)| key)
    }

    /// A refusal that names the first of the settings.
    pub(super) fn unreadable(&self, error: &Unexamined) -> Refusal {
        Refusal::Unreadable {
            setting: self.first(),
            path: self.file.to_string(),
            reason: error.to_string(),
        }
    }

    fn first(&self) -> String {
        let first = self.keys.first().map(|(name, _)| Kind::CONFIG.key(name));
        first.unwrap_or_default()
    }
}
