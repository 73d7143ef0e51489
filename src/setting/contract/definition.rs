//! What a kind of setting consists of: its words for people, and the functions that do its work.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::{Checked, Reads, Unexamined};
use super::ground::Ground;
use super::kind::Kind;
use super::refusal::Refusal;
use crate::action::Action;
use crate::tree::Snapshot;

/// One kind of setting; the methods of [`Kind`] say what each function does.
#[derive(Debug)]
pub(in crate::setting) struct Definition {
    /// The kind, whose name is the name of its file or folder too.
    pub kind: Kind,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// One declaration as a document writes it below the name of the kind.
    pub example: &'static str,
    /// What it changes in an image, in one sentence.
    pub effect: &'static str,
    pub render: fn(
        &BTreeMap<String, Value>,
        &BTreeSet<String>,
        &mut dyn Ground,
    ) -> Result<Vec<Action>, Refusal>,
    pub check: fn(&str, &Value, &Snapshot) -> Result<Checked, Unexamined>,
    pub reads: fn(&str) -> Vec<Reads>,
    pub show: fn(&str, &Value) -> Result<String, Refusal>,
    pub at_least: fn(&str, &Value, &Value) -> bool,
    pub reads_many_files: bool,
    pub writes_whole_files: bool,
}

impl Definition {
    /// `at_least` of a kind of which no value is stricter than another.
    pub(in crate::setting) fn none_stricter(_: &str, _: &Value, _: &Value) -> bool {
        false
    }

    /// `render` of a kind that something else puts into the root.
    pub(in crate::setting) fn no_actions(
        _: &BTreeMap<String, Value>,
        _: &BTreeSet<String>,
        _: &mut dyn Ground,
    ) -> Result<Vec<Action>, Refusal> {
        Ok(Vec::new())
    }
}
