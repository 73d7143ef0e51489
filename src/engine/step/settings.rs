//! The settings of an entry, written out as whole files.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::engine::error::StepError;
use crate::engine::lower::lower;
use crate::engine::root::State;
use crate::origin::{Diagnostic, Severity};
use crate::recipe::{Entry, Proposal};
use crate::setting::{Kind, Refusal};

use super::opt::beyond_update;
use super::stack::Stack;

impl Stack<'_> {
    /// The whole files of the setting kinds that an entry touches, over the state after its own
    /// actions; with them what has no effect.
    pub(in crate::engine) fn settings(
        &mut self,
        entry: &Entry,
        mut after: State,
    ) -> Result<(Vec<Action>, Vec<Diagnostic>), StepError> {
        after.passed_over = self.with.flavour.last_wins.then(Vec::new);
        self.adopt(entry);
        let lost = beyond_update(entry, &after);
        let mut actions = Vec::new();
        for (kind, touched) in touched(entry) {
            let all = self.claims.of_kind(kind);
            let rendered = kind
                .render(&all, &touched, &mut after)
                .map_err(|refusal| StepError::Setting(Box::new(located(&refusal, entry))))?;
            lower(&mut after, &rendered)?;
            actions.extend(rendered);
        }
        let passed = after.passed_over.into_iter().flatten();
        let notes = passed.map(|refusal| Diagnostic {
            severity: Severity::Warning,
            ..located(&refusal, entry)
        });
        Ok((actions, notes.chain(lost).collect()))
    }

    /// Moves the table of settings past an entry.
    ///
    /// Merging was checked when the recipe was loaded; here it only moves the table on.
    pub(super) fn adopt(&mut self, entry: &Entry) {
        let flavour = self.with.flavour;
        for proposal in &entry.proposals {
            self.claims.adopt(proposal, &flavour.name, flavour.tier);
        }
    }
}

/// Tells whether comparing the settings of an entry tells all that they do.
pub(super) fn owned(entry: &Entry) -> bool {
    let mut kinds = entry.proposals.iter().map(|proposal| proposal.setting.kind);
    kinds.all(Kind::writes_whole_files)
}

/// The setting kinds that an entry touches, and the names in each.
pub(super) fn touched(entry: &Entry) -> Vec<(Kind, BTreeSet<String>)> {
    let names = |kind: Kind| -> BTreeSet<String> {
        let of_kind = entry.proposals.iter();
        let of_kind = of_kind.filter(|proposal| proposal.setting.kind == kind);
        of_kind
            .map(|proposal| proposal.setting.name.clone())
            .collect()
    };
    Kind::ALL
        .into_iter()
        .map(|kind| (kind, names(kind)))
        .filter(|(_, names)| !names.is_empty())
        .collect()
}

/// A refusal with the place at which the entry states the setting.
fn located(refusal: &Refusal, entry: &Entry) -> Diagnostic {
    let states = |proposal: &&Proposal| proposal.setting.key() == refusal.setting();
    let stated = entry.proposals.iter().rev().find(states);
    let origin = stated.map_or(&entry.origin, |proposal| &proposal.setting.origin);
    refusal.diagnostic(origin)
}
