//! All steps of a flavour, from its entries and what is done after them.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::bootable::shape::is_read;
use crate::engine::error::Error;
use crate::engine::lower::lower;
use crate::module::{FinishRequest, ImageConfig};
use crate::origin::{Diagnostic, Origin};
use crate::recipe::Entry;

use super::entry_error::failed;
use super::finish::{finish_actions, finish_label, implied_requests, shapes};
use super::kernel_modules::refuse_needed;
use super::key::pure_key;
use super::needs::requests;
use super::outcome::Step;
use super::settings::owned;
use super::stack::{Stack, Stacked, Stacking};

impl<'a> Stacking<'a> {
    /// Finds out the packages of all entries; makes the steps that lie below the last of them.
    pub(in crate::engine) fn resolve(self, fetching: bool) -> Result<(), Error> {
        let mut stack = self.empty();
        let asks = |entry: &Entry| requests(&entry.actions).next().is_some();
        let Some(last) = self.flavour.entries.iter().rposition(asks) else {
            return Ok(());
        };
        for (number, entry) in self.flavour.entries.iter().take(last + 1).enumerate() {
            if asks(entry) && (fetching || number == last) {
                stack.resolve(entry, fetching)?;
            }
            if number < last {
                stack.entry(entry)?;
            }
        }
        Ok(())
    }

    /// Makes every step, and finds or packs its layer if there is a runner.
    pub(in crate::engine) fn stack(self) -> Result<Stacked, Error> {
        let mut stack = self.empty();
        let mut requests = BTreeSet::new();
        for entry in &self.flavour.entries {
            stack.entry(entry)?;
            requests.extend(entry.finish.iter().copied());
        }
        requests.extend(implied_requests(&stack.state, stack.ran));
        self.shape(&stack, &mut requests);
        for request in requests {
            let entry = Entry {
                label: finish_label(request),
                origin: Origin::builtin(),
                proposals: Vec::new(),
                actions: Vec::new(),
                no_cache: false,
                config: ImageConfig::default(),
                finish: BTreeSet::new(),
                unbuilt: Vec::new(),
            };
            let actions = finish_actions(request, &stack.state, stack.ran);
            let actions = actions.map_err(failed(&entry))?;
            stack.entry(&Entry { actions, ..entry })?;
        }
        let (runs, known) = (stack.ran, stack.unknown.is_none());
        let Stack {
            steps,
            mut outcomes,
            state,
            ..
        } = stack;
        refuse_needed(&state, &self.flavour.claims)?;
        if known {
            self.hold_accounts(&state)?;
        }
        let packing = self.packing();
        if runs {
            packing.refuse_many(&outcomes)?;
            if self.runner.is_some() {
                packing.fill(&steps, &mut outcomes)?;
            }
        } else if self.runner.is_some() {
            packing.layers(&steps, &mut outcomes)?;
        }
        Ok(Stacked { outcomes, state })
    }
}

impl Stacking<'_> {
    /// Adds the shape that the parent has, where something came since that it would change.
    fn shape(self, stack: &Stack<'_>, requests: &mut BTreeSet<FinishRequest>) {
        let inherited = self.parent.record.as_ref();
        let inherited = inherited.and_then(|record| shapes(&record.finish).next());
        let own = shapes(requests).next();
        let Some(life_cycle) = own.or(inherited) else {
            return;
        };
        // It makes the initramfs itself, and where the parent has one, only if that is out of date.
        let again = requests.remove(&FinishRequest::Initramfs);
        let mut written = stack.state.written.keys();
        if own.is_some() || again || stack.ran || written.any(is_read) {
            requests.insert(FinishRequest::Shape(life_cycle));
        }
    }
}

impl Stack<'_> {
    fn entry(&mut self, entry: &Entry) -> Result<(), Error> {
        if self.unknown.is_some() {
            self.put_unknown(entry);
            return Ok(());
        }
        if entry.actions.iter().any(Action::runs) {
            self.ran = true;
            return self.run(entry);
        }
        let failed = failed(entry);
        let mut notes = Vec::new();
        let mut actions = entry.actions.clone();
        if !entry.proposals.is_empty() {
            let mut after = self.state.clone();
            // Settings may depend on what the entry itself writes: a unit and its enabling.
            lower(&mut after, &actions).map_err(&failed)?;
            let (rendered, passed) = self.settings(entry, after).map_err(&failed)?;
            actions.extend(rendered);
            notes = passed;
        }
        let before = self.state.table.clone();
        let lowered = lower(&mut self.state, &actions).map_err(&failed)?;
        self.state
            .forget(lowered.scratch.keys(), &before)
            .map_err(&failed)?;
        notes.extend(
            lowered
                .scratch
                .values()
                .filter_map(|part| gone(entry, &part.entry)),
        );
        let (key, parts) = pure_key(&actions, &lowered, self.with.codec);
        let step = Step {
            label: entry.label.clone(),
            origin: entry.origin.clone(),
            key: (!lowered.entries.is_empty()).then_some(key),
            actions,
            parts,
            lowered: Some(lowered),
            settled: entry.actions.is_empty() && owned(entry),
        };
        let found = match &step.key {
            Some(key) => self.with.outside.store().step(key)?,
            None => None,
        };
        let missed = match (&step.key, &found) {
            (Some(_), None) => Some(self.why_missed(&step)?),
            _ => None,
        };
        self.put(step, notes, (missed, found));
        Ok(())
    }
}

/// Says of a file in a scratch folder that nothing ever sees it.
fn gone(entry: &Entry, put: &crate::tree::Entry) -> Option<Diagnostic> {
    let message = format!(
        "{} has no effect: it goes with its entry, which runs nothing",
        put.path
    );
    (!put.is_directory()).then(|| {
        Diagnostic::warning(&entry.origin, message).hint(
            "what later entries need goes below /var/tmp; remove it there when it is done with",
        )
    })
}
