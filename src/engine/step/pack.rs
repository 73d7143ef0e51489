//! The layers of steps, found by their keys or packed.

use rayon::prelude::*;

use crate::action::Action;
use crate::engine::error::Error;
use crate::engine::lower::{PureStep, lower, write_entry};
use crate::engine::parent::ParentImage;
use crate::engine::root::State;
use crate::oci::{Digest, platform_name, sorted_json};
use crate::origin::Origin;
use crate::recipe::Flavour;
use crate::store::Store;
use crate::tree::{Codec, Packed};

use super::key::{entry_note, joined_key};
use super::outcome::{Outcome, Step};

/// Layers above which neighbouring steps share one; runtimes stop at 127.
const MANY_LAYERS: usize = 120;

/// Most layers that runtimes mount.
const MOST_LAYERS: usize = 127;

/// What the layers of a flavour are packed for.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Packing<'a> {
    /// The flavour.
    pub flavour: &'a Flavour,
    /// What it derives from.
    pub parent: &'a ParentImage,
    /// How layers are compressed.
    pub codec: Codec,
    /// Where they are kept.
    pub store: &'a Store,
}

impl Packing<'_> {
    /// Packs the layer of every step that has none; none of them runs commands.
    pub(in crate::engine) fn layers(
        self,
        steps: &[Step],
        outcomes: &mut [Outcome],
    ) -> Result<(), Error> {
        let full = outcomes
            .iter()
            .filter(|outcome| outcome.key.is_some())
            .count();
        let free = self.free();
        self.refuse(full.min(free))?;
        if full > free {
            return self.join(steps, outcomes, free);
        }
        self.fill(steps, outcomes)
    }

    /// Refuses a stack that runtimes would not mount, and whose steps cannot share layers.
    pub(super) fn refuse_many(self, outcomes: &[Outcome]) -> Result<(), Error> {
        let full = outcomes.iter().filter(|outcome| outcome.layer.is_some());
        self.refuse(full.count())
    }

    /// How many layers this flavour may add.
    fn free(self) -> usize {
        MANY_LAYERS
            .saturating_sub(self.parent.layers.len() + 1)
            .max(1)
    }

    fn refuse(self, own: usize) -> Result<(), Error> {
        let layers = self.parent.layers.len() + own + 1;
        if layers <= MOST_LAYERS {
            return Ok(());
        }
        Err(Error::Layers {
            flavour: self.flavour.name.clone(),
            layers,
        })
    }

    /// Packs the layers that are missing of steps that only write.
    pub(super) fn fill(self, steps: &[Step], outcomes: &mut [Outcome]) -> Result<(), Error> {
        let done = |outcome: &Outcome| outcome.missed.is_none() || outcome.layer.is_some();
        if outcomes.iter().all(done) {
            return Ok(());
        }
        let platform = platform_name(&self.flavour.platform);
        outcomes.par_iter_mut().zip(steps).enumerate().try_for_each(
            |(position, (outcome, step))| {
                let note = entry_note(&self.flavour.name, &platform, position);
                self.pack_missing(outcome, step, &note)
            },
        )
    }

    fn pack_missing(self, outcome: &mut Outcome, step: &Step, note: &Digest) -> Result<(), Error> {
        let (Some(key), None, Some(lowered)) = (outcome.key, &outcome.layer, &step.lowered) else {
            return Ok(());
        };
        let packed = self.pack(lowered)?;
        self.store.put_step(&key, &packed)?;
        self.store.put_note(
            "parts",
            note,
            &sorted_json(&step.parts.with_actions(&step.actions)),
        )?;
        outcome.layer = Some(packed);
        Ok(())
    }

    fn pack(self, lowered: &PureStep) -> Result<Packed, Error> {
        self.store.pack(self.codec, |writer| {
            lowered
                .entries
                .values()
                .try_for_each(|part| write_entry(part, writer))
        })
    }

    /// Packs neighbouring steps together, so that at most `free` layers come out; each keeps its
    /// line of history, the first of a group has the layer.
    fn join(self, steps: &[Step], outcomes: &mut [Outcome], free: usize) -> Result<(), Error> {
        let size = steps.len().div_ceil(free);
        let mut state = self.parent.state.clone();
        for (some, outcomes) in steps.chunks(size).zip(outcomes.chunks_mut(size)) {
            let keys: Vec<Digest> = some.iter().filter_map(|step| step.key).collect();
            let lowered = self.lower_together(some, &mut state)?;
            if keys.is_empty() {
                continue;
            }
            let key = joined_key(&keys);
            let found = self.store.step(&key)?;
            let missed = found
                .is_none()
                .then(|| "packed together with its neighbours".to_owned());
            let packed = match found {
                Some(packed) => packed,
                None => self.pack(&lowered)?,
            };
            self.store.put_step(&key, &packed)?;
            let mut packed = Some(packed);
            for outcome in outcomes {
                outcome.missed.clone_from(&missed);
                outcome.layer = if outcome.key.is_some() {
                    packed.take()
                } else {
                    None
                };
            }
        }
        Ok(())
    }

    fn lower_together(self, some: &[Step], state: &mut State) -> Result<PureStep, Error> {
        let actions: Vec<Action> = some.iter().flat_map(|step| step.actions.clone()).collect();
        lower(state, &actions).map_err(|source| Error::Step {
            entry: "joined steps".into(),
            origin: some
                .first()
                .map_or_else(Origin::builtin, |step| step.origin.clone()),
            source,
        })
    }
}
