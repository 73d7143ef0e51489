//! The steps of a flavour while they are made one after the other.

use std::collections::BTreeMap;

use crate::action::Tree;
use crate::engine::error::Error;
use crate::engine::outside::Outside;
use crate::engine::parent::{LayerId, ParentImage, of_parent, stated_environment};
use crate::engine::root::State;
use crate::engine::run::RunContext;
use crate::engine::runner::Runner;
use crate::oci::{Digest, platform_name};
use crate::origin::Diagnostic;
use crate::package::Accounts;
use crate::recipe::{Claims, Entry, Flavour};
use crate::tree::{Codec, Packed};

use super::key::{Parts, entry_note};
use super::outcome::{Outcome, Step};
use super::pack::Packing;

/// What the steps of a flavour are made over and with.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Stacking<'a> {
    /// The flavour.
    pub flavour: &'a Flavour,
    /// What it derives from.
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

/// The root below the next step.
pub(super) struct Standing {
    /// Its layers, records left out.
    pub layers: Vec<LayerId>,
    /// Variables that the parent's config states.
    pub environment: Vec<(String, String)>,
    /// The ids that accounts should have which the step makes.
    accounts: Accounts,
}

impl Standing {
    /// The context of a step that runs commands; none when nothing is built.
    pub(super) fn context<'s>(&'s self, with: Stacking<'s>) -> Option<RunContext<'s>> {
        Some(RunContext {
            layers: &self.layers,
            trees: with.trees,
            environment: &self.environment,
            accounts: &self.accounts,
            epoch: with.epoch,
            codec: with.codec,
            runner: with.runner?,
            outside: with.outside,
        })
    }
}

/// The steps of a flavour over its parent.
#[derive(Debug)]
pub(in crate::engine) struct Stacked {
    /// What became of each step, finish included, record not.
    pub outcomes: Vec<Outcome>,
    /// The state after all of them.
    pub state: State,
}

/// A stack while it grows.
pub(super) struct Stack<'a> {
    pub(in crate::engine) with: Stacking<'a>,
    pub(in crate::engine) state: State,
    pub(in crate::engine) claims: Claims,
    pub(in crate::engine) steps: Vec<Step>,
    pub(in crate::engine) outcomes: Vec<Outcome>,
    /// The step that must be built before anything more is known.
    pub(in crate::engine) unknown: Option<String>,
    /// Whether a step runs commands.
    pub(super) ran: bool,
}

impl<'a> Stacking<'a> {
    /// The ids that accounts of the flavour had when it was locked.
    pub(super) fn wanted_accounts(self) -> Accounts {
        let locking = self.outside.locking();
        let wanted = locking.and_then(|locking| locking.accounts(self.flavour));
        wanted.cloned().unwrap_or_default()
    }

    pub(super) fn empty(self) -> Stack<'a> {
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

    /// What packs layers of these steps.
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
    /// The root below the next step; none when nothing is built and some layers are not there.
    pub(super) fn standing(&mut self) -> Result<Option<Standing>, Error> {
        let layers = self.layers()?;
        Ok(layers.map(|layers| Standing {
            layers,
            environment: stated_environment(&self.with.parent.config),
            accounts: self.with.wanted_accounts(),
        }))
    }

    /// The layers below the next step, records left out; packs what is not packed yet. None when
    /// nothing is built and some are not there.
    fn layers(&mut self) -> Result<Option<Vec<LayerId>>, Error> {
        if self.with.runner.is_some() {
            let packing = self.with.packing();
            packing.fill(&self.steps, &mut self.outcomes)?;
        }
        let mut layers = of_parent(self.with.parent);
        for outcome in &self.outcomes {
            match (&outcome.layer, &outcome.missed) {
                (Some(packed), _) => layers.push((packed.descriptor(), packed.diff_id)),
                (None, Some(_)) if self.with.runner.is_none() => return Ok(None),
                (None, _) => {}
            }
        }
        Ok(Some(layers))
    }

    /// Adds a step of which nothing is known yet.
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
            lowered: None,
            settled: false,
        };
        self.put(step, Vec::new(), (Some(missed), None));
    }

    pub(in crate::engine) fn put(
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
    pub(in crate::engine) fn note(&self) -> Digest {
        let flavour = self.with.flavour;
        let platform = platform_name(&flavour.platform);
        entry_note(&flavour.name, &platform, self.steps.len())
    }

    /// Reports what happens to the next step, unless its commands were reported already.
    pub(super) fn tell(&self, step: &Step, missed: Option<&str>) {
        let what = match (missed, &step.key) {
            (None, None) => "changes nothing".to_owned(),
            (None, Some(_)) => "cached".to_owned(),
            (Some(_), _) if step.lowered.is_none() => return,
            (Some(why), _) => format!("written: {why}"),
        };
        self.say_step(&step.label, &what);
    }

    /// Reports something about the next step.
    pub(super) fn say_step(&self, label: &str, what: &str) {
        if !self.with.runner.is_some_and(|runner| runner.tells) {
            return;
        }
        let flavour = self.with.flavour;
        let platform = match flavour.platforms.len() {
            0 | 1 => String::new(),
            _ => format!(" ({})", platform_name(&flavour.platform)),
        };
        let (step, of) = (self.steps.len() + 1, flavour.entries.len());
        // What is done once after all entries is none of them.
        let count = match step <= of {
            true => format!("step {step} of {of}, "),
            false => String::new(),
        };
        let outside = self.with.outside;
        outside.say(&format!(
            "{}{platform}: {count}{label}: {what}",
            flavour.name
        ));
    }
}
