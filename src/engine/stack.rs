//! Steps in their order, from the entries of a flavour, and what became of each.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::{Action, Tree};
use crate::module::ImageConfig;
use crate::oci::{Digest, platform_name};
use crate::origin::{Diagnostic, Origin, Severity};
use crate::recipe::{Claims, Entry, Flavour, Proposal};
use crate::setting::{Kind, Refusal};
use crate::tree::{Codec, Packed};

use super::beyond_update::beyond_update;
use super::error::{Error, StepError};
use super::finish;
use super::key::{Parts, entry_note, pure_key};
use super::lower::lower;
use super::needed::refuse_needed;
use super::pack::Packing;
use super::parent::ParentImage;
use super::piece::PureStep;
use super::roots::LayerId;
use super::runner::Runner;
use super::stack_lock::requests;
use super::state::State;
use super::target::Outside;

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
    pub(super) parts: Parts,
    /// The entries of its layer; none when it runs commands.
    pub(super) pieces: Option<PureStep>,
    /// Whether it is settings alone, of kinds that own the files that they write.
    pub(super) settled: bool,
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

/// What the steps of a flavour are made over and with.
#[derive(Clone, Copy)]
pub(super) struct Stacking<'a> {
    /// The flavour.
    pub flavour: &'a Flavour,
    /// What it stacks on.
    pub parent: &'a ParentImage,
    /// How layers are compressed.
    pub codec: Codec,
    /// The creation date of the image.
    pub epoch: u64,
    /// The store, and what is outside of it.
    pub outside: &'a Outside,
    /// Who runs commands; none when nothing is built.
    pub runner: Option<&'a Runner>,
    /// The layers of the roots that entries copy from, as far as they are known.
    pub trees: &'a BTreeMap<Tree, Vec<LayerId>>,
}

/// The steps of a flavour over its parent.
#[derive(Debug)]
pub(super) struct Stacked {
    /// What became of each step, finish included, record not.
    pub outcomes: Vec<Outcome>,
    /// The state after all of them.
    pub state: State,
}

/// A stack while it grows.
pub(super) struct Stack<'a> {
    pub(super) with: Stacking<'a>,
    pub(super) state: State,
    pub(super) claims: Claims,
    pub(super) steps: Vec<Step>,
    pub(super) outcomes: Vec<Outcome>,
    /// The step that must be built before anything more can be told.
    pub(super) unknown: Option<String>,
    /// Whether a step runs commands.
    ran: bool,
}

impl<'a> Stacking<'a> {
    /// Finds out the packages of all entries; makes the steps that lie below the last of them.
    pub(super) fn resolve(self, fetching: bool) -> Result<(), Error> {
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

    fn empty(self) -> Stack<'a> {
        Stack {
            with: self,
            state: self.parent.state.clone(),
            claims: self.flavour.inherited.clone(),
            steps: Vec::new(),
            outcomes: Vec::new(),
            unknown: None,
            ran: false,
        }
    }

    /// Makes every step, and finds or packs its layer if there is a runner.
    pub(super) fn stack(self) -> Result<Stacked, Error> {
        let mut stack = self.empty();
        let mut requests = BTreeSet::new();
        for entry in &self.flavour.entries {
            stack.entry(entry)?;
            requests.extend(entry.finish.iter().copied());
        }
        requests.extend(finish::unasked(&stack.state, stack.ran));
        for request in requests {
            let entry = Entry {
                label: finish::label(request),
                origin: Origin::builtin(),
                proposals: Vec::new(),
                actions: Vec::new(),
                no_cache: false,
                config: ImageConfig::default(),
                finish: BTreeSet::new(),
                unbuilt: Vec::new(),
            };
            let actions = finish::actions(request, &stack.state, stack.ran);
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

    pub(super) fn packing(self) -> Packing<'a> {
        Packing {
            flavour: self.flavour,
            parent: self.parent,
            codec: self.codec,
            store: self.outside.store(),
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
        let pieces = lower(&mut self.state, &actions).map_err(&failed)?;
        self.state
            .forget(pieces.scratch.keys(), &before)
            .map_err(&failed)?;
        notes.extend(
            pieces
                .scratch
                .values()
                .filter_map(|piece| gone(entry, &piece.entry)),
        );
        let (key, parts) = pure_key(&actions, &pieces, self.with.codec);
        let step = Step {
            label: entry.label.clone(),
            origin: entry.origin.clone(),
            key: (!pieces.pieces.is_empty()).then_some(key),
            actions,
            parts,
            pieces: Some(pieces),
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

    /// The whole files of the setting kinds that an entry touches, over the state after its own
    /// actions; with them what has no effect.
    pub(super) fn settings(
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

    /// Takes a step in of which nothing can be told yet.
    pub(super) fn put_unknown(&mut self, entry: &Entry) {
        let label = &entry.label;
        let first = self.unknown.get_or_insert_with(|| label.clone());
        let missed = match first == label {
            true => "to build".to_owned(),
            false => format!("not known before {first} is built"),
        };
        let step = Step {
            label: entry.label.clone(),
            origin: entry.origin.clone(),
            key: None,
            actions: entry.actions.clone(),
            parts: Parts::default(),
            pieces: None,
            settled: false,
        };
        self.put(step, Vec::new(), (Some(missed), None));
    }

    pub(super) fn put(
        &mut self,
        step: Step,
        notes: Vec<Diagnostic>,
        (missed, layer): (Option<String>, Option<Packed>),
    ) {
        self.tell(&step, missed.as_deref());
        // What the next build compares with stays as long as this step does.
        self.with.outside.store().need_note("parts", &self.note());
        self.outcomes.push(Outcome {
            label: step.label.clone(),
            origin: step.origin.clone(),
            key: step.key,
            missed,
            actions: step.actions.clone(),
            settled: step.settled,
            notes,
            layer,
        });
        self.steps.push(step);
    }

    pub(super) fn why_missed(&self, step: &Step) -> Result<String, Error> {
        let note = self.note();
        let before = self.with.outside.store().note("parts", &note)?;
        let before: Option<Parts> = before.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let parts = step.parts.with_actions(&step.actions);
        Ok(parts.difference(before.as_ref()))
    }

    /// The name under which the parts of the next step are noted.
    pub(super) fn note(&self) -> Digest {
        let flavour = self.with.flavour;
        let platform = platform_name(&flavour.platform);
        entry_note(&flavour.name, &platform, self.steps.len())
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

/// Tells whether comparing the settings of an entry tells all that they do.
fn owned(entry: &Entry) -> bool {
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

/// An error of an entry's own.
pub(super) fn failed(entry: &Entry) -> impl Fn(StepError) -> Error + use<> {
    let (entry, origin) = (entry.label.clone(), entry.origin.clone());
    move |source| Error::Step {
        entry: entry.clone(),
        origin: origin.clone(),
        source,
    }
}
