//! Steps that run commands: found by their keys, or carried out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::engine::error::{Error, RunError};
use crate::engine::parent::{LayerId, chain};
use crate::engine::root::ParentFiles;
use crate::engine::run::{RunContext, Running, fetch_packages, skeleton, tree_name};
use crate::oci::{BlobSource, Digest, Platform, platform_name, sorted_json};
use crate::origin::Diagnostic;
use crate::package::Resolution;
use crate::path::TreePath;
use crate::recipe::Entry;
use crate::sandbox::Isolation;
use crate::tree::Packed;

use super::entry_error::{at_entry, failed};
use super::key::{RunParts, run_key};
use super::needs::trees_of;
use super::outcome::Step;
use super::settings::touched;
use super::stack::Stack;

/// The kind of note that tells that a step changed nothing.
const EMPTY: &str = "empty-steps";

/// A layer that was built before, if the step changes anything, and its entries.
type Earlier = (Option<Packed>, Vec<u8>);

impl Stack<'_> {
    /// Makes a step that runs commands.
    pub(in crate::engine) fn run(&mut self, entry: &Entry) -> Result<(), Error> {
        let Some(standing) = self.standing()? else {
            self.put_unknown(entry);
            return Ok(());
        };
        let context = standing.context(self.with);
        let below = chain(&standing.layers);
        let Some(packages) = self.packages(entry, &below, context)? else {
            self.put_unknown(entry);
            return Ok(());
        };
        let Some(pins) = self.pins(entry, &packages) else {
            self.put_unknown(entry);
            return Ok(());
        };
        let isolation = self.with.outside.isolation();
        let parts = self.parts(entry, (below, isolation), &standing.environment, pins);
        let (key, parts) = run_key(&entry.actions, &parts, self.with.codec);
        let step = Step {
            label: entry.label.clone(),
            origin: entry.origin.clone(),
            key: Some(key),
            actions: entry.actions.clone(),
            parts,
            lowered: None,
            settled: false,
        };
        if !entry.no_cache
            && let Some((packed, skeleton)) = self.found(&key)?
            && self.keeps_accounts(&standing.layers, packed.as_ref(), &skeleton)?
        {
            self.adopt(entry);
            self.take_in(&standing.layers, packed.as_ref(), &skeleton)?;
            self.put(step, Vec::new(), (None, packed));
            return Ok(());
        }
        let missed = match entry.no_cache {
            true => "it is never cached".to_owned(),
            false => self.why_missed(&step)?,
        };
        let Some(context) = context else {
            self.unknown = Some(entry.label.clone());
            self.put(step, Vec::new(), (Some(missed), None));
            return Ok(());
        };
        self.make(entry, context, &packages, (step, missed))
    }

    /// Carries a step out and keeps the result.
    fn make(
        &mut self,
        entry: &Entry,
        context: RunContext<'_>,
        packages: &[Resolution],
        (step, missed): (Step, String),
    ) -> Result<(), Error> {
        self.say_step(&entry.label, &format!("runs: {missed}"));
        let (packed, notes) = self
            .carry_out(entry, context, packages)
            .map_err(|source| at_entry(entry, source))?;
        self.keep(&step, packed.as_ref())?;
        let skeleton = match &packed {
            Some(packed) => skeleton(self.with.outside, packed)?.unwrap_or_default(),
            None => Vec::new(),
        };
        self.take_in(context.layers, packed.as_ref(), &skeleton)?;
        self.put(step, notes, (Some(missed), packed));
        Ok(())
    }

    /// What the key names of packages and other roots; none when such a root is not known yet.
    fn pins(&self, entry: &Entry, packages: &[Resolution]) -> Option<BTreeMap<String, Digest>> {
        let mut pins: BTreeMap<String, Digest> =
            packages.iter().flat_map(Resolution::pins).collect();
        for tree in trees_of(&entry.actions) {
            let layers = self.with.trees.get(&tree)?;
            pins.insert(tree_name(&tree), chain(layers));
        }
        Some(pins)
    }

    fn parts<'e>(
        &self,
        entry: &Entry,
        (chain, isolation): (Digest, Isolation),
        environment: &'e [(String, String)],
        pins: BTreeMap<String, Digest>,
    ) -> RunParts<'e> {
        let mut claims = self.claims.clone();
        for proposal in &entry.proposals {
            claims.adopt(proposal, &self.with.flavour.name, self.with.flavour.tier);
        }
        let settings: BTreeMap<String, Value> = touched(entry)
            .into_iter()
            .flat_map(|(kind, _)| {
                let all = claims.of_kind(kind);
                all.into_iter()
                    .map(move |(name, value)| (kind.key(&name), value))
            })
            .collect();
        RunParts {
            chain,
            isolation,
            epoch: self.with.epoch,
            environment,
            settings,
            pins,
        }
    }

    /// The layer of a step that was built before, and its entries.
    fn found(&self, key: &Digest) -> Result<Option<Earlier>, Error> {
        let store = self.with.outside.store();
        if store.note(EMPTY, key)?.is_some() {
            return Ok(Some((None, Vec::new())));
        }
        let Some(packed) = store.step(key)? else {
            return Ok(None);
        };
        let skeleton = skeleton(self.with.outside, &packed)?;
        Ok(skeleton.map(|skeleton| (Some(packed), skeleton)))
    }

    fn keep(&self, step: &Step, packed: Option<&Packed>) -> Result<(), Error> {
        let Some(key) = &step.key else {
            return Ok(());
        };
        let store = self.with.outside.store();
        match packed {
            Some(packed) => store.put_step(key, packed)?,
            None => store.put_note(EMPTY, key, b"")?,
        }
        let parts = sorted_json(&step.parts.with_actions(&step.actions));
        Ok(store.put_note("parts", &self.note(), &parts)?)
    }

    /// Runs what an entry says, then writes its settings out on what came of it.
    fn carry_out(
        &mut self,
        entry: &Entry,
        context: RunContext<'_>,
        packages: &[Resolution],
    ) -> Result<(Option<Packed>, Vec<Diagnostic>), Error> {
        if !context.runner.tells {
            context.outside.say(&entry.label);
        }
        runnable(&self.with.flavour.platform)?;
        let mut state = self.state.clone();
        for resolution in packages {
            fetch_packages(resolution, context)?;
        }
        let mut running = Running::start(context, &entry.label)?;
        running.add(&entry.actions, &mut state, &mut packages.iter())?;
        let mut notes = Vec::new();
        if !entry.proposals.is_empty() {
            running.survey(&mut state)?;
            let (rendered, passed) = self.settings(entry, state.clone()).map_err(failed(entry))?;
            running.add(&rendered, &mut state, &mut std::iter::empty())?;
            notes = passed;
        }
        let (packed, left) = running.finish()?;
        notes.extend(left.iter().map(|path| left_out(entry, path)));
        Ok((packed, notes))
    }

    /// Moves the state past a layer.
    fn take_in(
        &mut self,
        layers: &[LayerId],
        packed: Option<&Packed>,
        skeleton: &[u8],
    ) -> Result<(), Error> {
        let Some(packed) = packed else {
            return Ok(());
        };
        let files = self.files(layers, packed);
        self.state.take_in(skeleton, Some(files))
    }

    /// The files of layers with another on top.
    fn files(&self, layers: &[LayerId], packed: &Packed) -> Arc<ParentFiles> {
        let mut all: Vec<_> = layers.iter().map(|(layer, _)| layer.clone()).collect();
        all.push(packed.descriptor());
        let blobs: Arc<dyn BlobSource> = self.with.outside.blobs();
        Arc::new(ParentFiles::new(all, blobs, self.with.outside.store()))
    }

    /// Tells whether a layer that was built before has accounts under the ids that are locked.
    fn keeps_accounts(
        &self,
        layers: &[LayerId],
        packed: Option<&Packed>,
        skeleton: &[u8],
    ) -> Result<bool, Error> {
        let Some(packed) = packed.filter(|_| !self.with.wanted_accounts().is_empty()) else {
            return Ok(true);
        };
        let mut state = self.state.clone();
        state.take_in(skeleton, Some(self.files(layers, packed)))?;
        Ok(!self.with.accounts_moved(&state)?)
    }
}

/// Says of a file that commands left that the image does not have it.
fn left_out(entry: &Entry, path: &TreePath) -> Diagnostic {
    let message = format!("{path} is not in the image: what commands leave there goes");
    Diagnostic::warning(&entry.origin, message)
        .labelled(format!("written by {}", entry.label))
        .hint("write it elsewhere, or state it with a `files` entry or COPY, which is kept")
}

/// Tells whether this machine runs programs of a platform: its own, or one with an interpreter that
/// the kernel knows (binfmt_misc).
fn runnable(platform: &Platform) -> Result<(), RunError> {
    let wanted = platform.architecture().to_string();
    let (own, interpreter) = match wanted.as_str() {
        "amd64" => ("x86_64", "x86_64"),
        "arm64" => ("aarch64", "aarch64"),
        "386" => ("x86", "i386"),
        "ppc64le" => ("powerpc64", "ppc64le"),
        other => (other, other),
    };
    let here = std::env::consts::ARCH;
    // A 64-bit machine runs its 32-bit programs.
    let close = [("x86_64", "x86"), ("aarch64", "arm")].contains(&(here, own));
    let registered = format!("/proc/sys/fs/binfmt_misc/qemu-{interpreter}");
    if own == here || close || Path::new(&registered).exists() {
        return Ok(());
    }
    Err(RunError::Architecture(platform_name(platform)))
}
