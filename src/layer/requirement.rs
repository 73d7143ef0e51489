//! What a benchmark requires, as a control states it.

use super::control::{Acts, Control, ControlId};
use crate::origin::Origin;

/// A requirement of a benchmark.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The control's numbers.
    pub ids: Vec<ControlId>,
    /// What is true of a root that meets it.
    pub title: String,
    /// What it protects from, or costs.
    pub why: Option<String>,
    /// What it can break.
    pub breaks: Option<String>,
    /// The benchmark's level in the profile that was chosen.
    pub level: u8,
    /// The rules of the SCAP Security Guide that examine the same.
    pub rules: Vec<String>,
    /// Who decides it, where no image can.
    pub acts: Option<Acts>,
    /// Where the control stands in the layer document.
    pub origin: Origin,
}

impl Requirement {
    /// The requirement of a control that applies.
    pub(super) fn of(control: &Control, level: u8) -> Self {
        Self {
            why: control.why.clone(),
            breaks: control.breaks.clone(),
            acts: control.acts,
            ..Self::pointless(control, level)
        }
    }

    /// The requirement of a control that does not apply: nothing follows from it.
    pub(super) fn pointless(control: &Control, level: u8) -> Self {
        Self {
            ids: control.ids.iter().map(|id| id.value.clone()).collect(),
            title: control.title.value.clone(),
            why: None,
            breaks: None,
            level,
            rules: control.rules.clone(),
            acts: None,
            origin: control.origin().clone(),
        }
    }
}
