//! Steps in their order, from the entries of a flavour, and what is known of their layers.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::oci::{Digest, platform_name};
use crate::origin::{Diagnostic, Origin, Severity};
use crate::recipe::{Claims, Entry, Flavour, Proposal};
use crate::setting::{Kind, Refusal};
use crate::store::Store;
use crate::tree::{Codec, Packed};

use super::error::{Error, StepError};
use super::finish;
use super::key::{Parts, entry_note, pure_key};
use super::lower::lower;
use super::parent::ParentImage;
use super::piece::PureStep;
use super::state::State;

/// A step whose layer is known to its last byte, though not packed yet.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The entry's label, or `finish: …`.
    pub label: String,
    /// Where the entry is written.
    pub origin: Origin,
    /// Its key; none when the step changes nothing.
    pub key: Option<Digest>,
    /// What it does.
    pub actions: Vec<Action>,
    /// What of it has no effect, and why.
    pub notes: Vec<Diagnostic>,
    /// The parts of its key.
    pub(super) parts: Parts,
    /// The entries of its layer.
    pub(super) pieces: PureStep,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The entry's label.
    pub label: String,
    /// Where it is written.
    pub origin: Origin,
    /// Its key; none when it changes nothing.
    pub key: Option<Digest>,
    /// Why it was not found; none when it was.
    pub missed: Option<String>,
    /// The actions of the step.
    pub actions: Vec<Action>,
    /// What of it has no effect, and why.
    pub notes: Vec<Diagnostic>,
    /// Its layer; none when it changes nothing, shares another's or was only planned.
    pub layer: Option<Packed>,
}

/// The steps of a flavour over its parent, and the state that they leave.
#[derive(Debug)]
pub(super) struct Steps {
    /// The steps in order, finish included, record not.
    pub steps: Vec<Step>,
    /// The state after all of them.
    pub state: State,
}

/// Lowers every entry of a flavour and its finish phase.
pub(super) fn steps(flavour: &Flavour, parent: &ParentImage, codec: Codec) -> Result<Steps, Error> {
    let mut state = parent.state.clone();
    let mut claims = flavour.inherited.clone();
    let mut steps = Vec::new();
    let mut requests = BTreeSet::new();
    for entry in &flavour.entries {
        let failed = |source| Error::Step {
            entry: entry.label.clone(),
            origin: entry.origin.clone(),
            source,
        };
        let (actions, notes) =
            entry_actions(flavour, entry, &mut claims, &state).map_err(failed)?;
        requests.extend(entry.finish.iter().copied());
        let step = step(&entry.label, &entry.origin, actions, &mut state, codec).map_err(failed)?;
        steps.push(Step { notes, ..step });
    }
    for request in requests {
        let origin = Origin::builtin();
        let label = finish::label(request);
        let failed = |source| Error::Step {
            entry: label.clone(),
            origin: origin.clone(),
            source,
        };
        let actions = finish::actions(request, &state).map_err(failed)?;
        steps.push(step(&label, &origin, actions, &mut state, codec).map_err(failed)?);
    }
    Ok(Steps { steps, state })
}

/// The actions of an entry: its own, then the whole files of the setting kinds that it touches;
/// with them what has no effect.
fn entry_actions(
    flavour: &Flavour,
    entry: &Entry,
    claims: &mut Claims,
    state: &State,
) -> Result<(Vec<Action>, Vec<Diagnostic>), StepError> {
    let mut actions = entry.actions.clone();
    if entry.proposals.is_empty() {
        return Ok((actions, Vec::new()));
    }
    // Settings may depend on what the entry itself writes: a unit and its enabling.
    let mut after = state.clone();
    after.passed_over = flavour.last_wins.then(Vec::new);
    lower(&mut after, &actions)?;
    for proposal in &entry.proposals {
        // Merging was checked when the recipe was loaded; here it only moves the table on.
        claims.adopt(proposal, &flavour.name, flavour.tier);
    }
    for kind in Kind::ALL {
        let touched: BTreeSet<String> = entry
            .proposals
            .iter()
            .filter(|proposal| proposal.setting.kind == kind)
            .map(|proposal| proposal.setting.name.clone())
            .collect();
        if touched.is_empty() {
            continue;
        }
        let all = claims.of_kind(kind);
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
    Ok((actions, notes.collect()))
}

/// A refusal with the place at which the entry states the setting.
fn located(refusal: &Refusal, entry: &Entry) -> Diagnostic {
    let states = |proposal: &&Proposal| proposal.setting.key() == refusal.setting();
    let stated = entry.proposals.iter().rev().find(states);
    let origin = stated.map_or(&entry.origin, |proposal| &proposal.setting.origin);
    refusal.diagnostic(origin)
}

fn step(
    label: &str,
    origin: &Origin,
    actions: Vec<Action>,
    state: &mut State,
    codec: Codec,
) -> Result<Step, StepError> {
    let pieces = lower(state, &actions)?;
    let (key, parts) = pure_key(&actions, &pieces, codec);
    let key = (!pieces.pieces.is_empty()).then_some(key);
    Ok(Step {
        label: label.to_owned(),
        origin: origin.clone(),
        key,
        actions,
        notes: Vec::new(),
        parts,
        pieces,
    })
}

/// Says of each step whether its layer is there, and why not; builds nothing.
pub(super) fn look(steps: &Steps, flavour: &Flavour, store: &Store) -> Result<Vec<Outcome>, Error> {
    let platform = platform_name(&flavour.platform);
    let look = |(position, step): (usize, &Step)| -> Result<Outcome, Error> {
        let found = match &step.key {
            Some(key) => store.step(key)?,
            None => None,
        };
        let missed = match (&step.key, &found) {
            (Some(_), None) => Some(why_missed(step, flavour, &platform, position, store)?),
            _ => None,
        };
        Ok(Outcome {
            label: step.label.clone(),
            origin: step.origin.clone(),
            key: step.key,
            missed,
            actions: step.actions.clone(),
            notes: step.notes.clone(),
            layer: found,
        })
    };
    steps.steps.iter().enumerate().map(look).collect()
}

fn why_missed(
    step: &Step,
    flavour: &Flavour,
    platform: &str,
    position: usize,
    store: &Store,
) -> Result<String, Error> {
    let before = store.note("parts", &entry_note(&flavour.name, platform, position))?;
    let before: Option<Parts> = before.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let parts = step.parts.with_actions(&step.actions);
    Ok(parts.difference(before.as_ref()))
}
