//! What a kind of setting consists of: its words for people, and the functions that do its work.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::{Checked, Reads, Unexamined};
use super::ground::Ground;
use super::kind::{Kind, Setting};
use super::refusal::Refusal;
use crate::action::Action;
use crate::origin::Diagnostic;
use crate::setting::input::inputs::Inputs;
use crate::tree::Snapshot;

/// Makes the actions that put settings into a root.
pub(in crate::setting) type Render = fn(
    &BTreeMap<String, Value>,
    &BTreeSet<String>,
    &mut dyn Ground,
) -> Result<Vec<Action>, Refusal>;

/// Looks at a setting in a finished root.
pub(in crate::setting) type Check = fn(&str, &Value, &Snapshot) -> Result<Checked, Unexamined>;

/// Says what a check looks at.
pub(in crate::setting) type LooksAt = fn(&str) -> Vec<Reads>;

/// Describes a setting in one line.
pub(in crate::setting) type Show = fn(&str, &Value) -> Result<String, Refusal>;

/// Reads the settings of what a document declares.
pub(in crate::setting) type Declare<D> =
    fn(&D, &dyn Inputs) -> Result<Vec<Setting>, Vec<Diagnostic>>;

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
    pub render: Render,
    pub check: Check,
    pub reads: LooksAt,
    pub show: Show,
    pub at_least: fn(&str, &Value, &Value) -> bool,
    pub reads_many_files: bool,
    pub writes_whole_files: bool,
}

impl Definition {
    /// A kind that changes nothing in an image, and of which no value is stricter than another.
    pub(in crate::setting) const fn of(
        kind: Kind,
        check: Check,
        reads: LooksAt,
        show: Show,
    ) -> Self {
        Self {
            kind,
            about: "",
            example: "",
            effect: "",
            render: |_, _, _| Ok(Vec::new()),
            check,
            reads,
            show,
            at_least: |_, _, _| false,
            reads_many_files: false,
            writes_whole_files: true,
        }
    }
}
