//! The controls of a benchmark, and the checks of each.

use crate::layer::Requirement;
use crate::setting::Setting;

/// One control of a benchmark, with what it demands of this root.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The number in the benchmark: `5.1.20`.
    pub number: String,
    /// What it requires.
    pub requirement: Requirement,
    /// Why it is pointless here; none when it applies.
    pub dismissed: Option<String>,
    /// The settings that meet it.
    pub settings: Vec<Setting>,
    /// What a root has to meet.
    pub checks: Vec<Check>,
    /// The layer that has it.
    pub layer: String,
    /// What that layer is about.
    pub section: String,
}

/// One thing that a root has to meet.
#[derive(Clone, Debug)]
pub struct Check {
    /// The settings of which one has to be met.
    pub any: Vec<Setting>,
    /// Whether the flavour of a root has the last word on the value: the benchmark takes any that
    /// passes the control's other checks.
    pub is_flavours: bool,
}
