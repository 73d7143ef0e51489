//! A step of a flavour, and what became of it.

use crate::action::Action;
use crate::engine::lower::PureStep;
use crate::oci::Digest;
use crate::origin::{Diagnostic, Origin};
use crate::tree::Packed;

use super::key::Parts;

/// A step as far as it is known before it is packed.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The entry's label, or `finish: …`.
    pub label: String,
    /// Where the entry is written.
    pub origin: Origin,
    /// Its key; none when the step changes nothing, or is not known yet.
    pub key: Option<Digest>,
    /// What it does.
    pub actions: Vec<Action>,
    /// The parts of its key.
    pub(in crate::engine) parts: Parts,
    /// The entries of its layer; none when it runs commands.
    pub(in crate::engine) lowered: Option<PureStep>,
    /// Whether it is settings alone, of kinds that own the files that they write.
    pub(in crate::engine) settled: bool,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The entry's label.
    pub label: String,
    /// Where it is written.
    pub origin: Origin,
    /// Its key; none when it changes nothing, or when it is not known before others are built.
    pub key: Option<Digest>,
    /// Why it was not found; none when it was.
    pub missed: Option<String>,
    /// The actions of the step.
    pub actions: Vec<Action>,
    /// Whether it is settings alone, of kinds that own the files that they write.
    pub settled: bool,
    /// What of it has no effect, and why.
    pub notes: Vec<Diagnostic>,
    /// Its layer; none when it changes nothing, shares another's or was only planned.
    pub layer: Option<Packed>,
}
