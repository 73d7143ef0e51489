//! The run of all rules over a root.

use std::collections::BTreeSet;

use super::report::{Checked, Outcome, Report};
use super::root::Root;
use super::rule::{Rule, Severity};
use super::table::TABLE;
use crate::origin::did_you_mean;

/// What is asked of a run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Rules that are not looked at, by id.
    pub skip: BTreeSet<String>,
    /// Warnings count as errors.
    pub fatal_warnings: bool,
}

/// The rule of a name.
///
/// # Errors
/// There is none; the text says which one may be meant.
pub fn rule_of(id: &str) -> Result<&'static Rule, String> {
    if let Some(rule) = TABLE.iter().find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let near = did_you_mean(id, TABLE.iter().map(|rule| rule.id));
    Err(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`terroir lint --list` shows all rules".to_owned(),
    })
}

/// Looks at a root by every rule that applies to its life cycle.
#[must_use]
pub fn lint(root: &Root, options: &Options) -> Report {
    let (life_cycle, told) = root.life_cycle();
    let rules = TABLE.iter().map(|rule| {
        let outcome = match () {
            () if options.skip.contains(rule.id) => Outcome::Skipped,
            () if !rule.applies.contains(&life_cycle) => Outcome::NotApplicable,
            () => judge(rule, root, options),
        };
        Checked {
            rule: rule.id,
            outcome,
        }
    });
    Report {
        life_cycle,
        told,
        rules: rules.collect(),
    }
}

fn judge(rule: &Rule, root: &Root, options: &Options) -> Outcome {
    let found = (rule.check)(root);
    if found.is_empty() {
        return Outcome::Passed;
    }
    let worst = match options.fatal_warnings {
        true => Some(Severity::Error),
        false => None,
    };
    Outcome::found(found, |own| worst.or(own).unwrap_or(rule.severity))
}
