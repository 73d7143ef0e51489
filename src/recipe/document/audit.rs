//! The audit that a recipe asks of its finished image.

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::AnyScalar;
use crate::origin::{Sourced, SourcedMap};

/// The audit that a finished image has to pass, or the build fails.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct AuditGate {
    /// The benchmark; that of the distribution when absent.
    pub benchmark: Option<Sourced<String>>,
    /// The level up to which controls count.
    #[serde(default = "one")]
    pub level: u8,
    /// What the machine is for.
    #[serde(default)]
    pub profile: AuditProfile,
    /// The score that has to be reached, in percent of what an image decides.
    #[serde(default = "all")]
    pub threshold: f64,
    /// Answers to the benchmark's choices, such as `firewall: ufw`.
    #[serde(default)]
    #[schemars(with = "SourcedMap<AnyScalar>")]
    pub choose: SourcedMap<Sourced<String>>,
}

/// What a machine is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuditProfile {
    /// It serves others.
    #[default]
    Server,
    /// A person sits before it.
    Workstation,
}

fn one() -> u8 {
    1
}

fn all() -> f64 {
    100.0
}
