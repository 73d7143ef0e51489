//! The memo of builds: a recipe whose inputs are as they were when nothing had to be built is not loaded again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::built_report::BuiltReport;
use crate::cli::context::environment::variable;
use crate::engine::Built;
use crate::memo::{Checker, Entry, Facts, Holds, Stored};
use crate::oci::{Descriptor, Digest, sorted_json};
use crate::recipe::{LOCK_FILE, repository_root};
use crate::store::{Error, Store};

/// The result of a build, as the memo has it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    report: BuiltReport,
    /// The keys of the reports of what it derives from, the nearest first.
    parents: Vec<Digest>,
}

/// The memo of a run.
pub(super) struct Memory<'a> {
    store: &'a Store,
    began: SystemTime,
    /// What all builds of this run have in common.
    common: Value,
    stored: Stored<'a>,
    checkers: BTreeMap<PathBuf, Checker>,
    reports: BTreeMap<Digest, Arc<BuiltReport>>,
    tags: Option<BTreeMap<String, String>>,
    /// The list of what this run read of the store; none before it is kept.
    list: Option<Digest>,
}

impl<'a> Memory<'a> {
    /// The memo of a store; `common` is all that the builds of this run depend on beside their recipes, and
    /// `began` a time before anything was looked at.
    pub(super) fn new(store: &'a Store, common: Value, began: SystemTime) -> Self {
        Self {
            store,
            began,
            common,
            stored: Stored::new(store),
            checkers: BTreeMap::new(),
            reports: BTreeMap::new(),
            tags: None,
            list: None,
        }
    }

    /// What the memo has of a recipe, if it still holds.
    pub(super) fn find(&mut self, recipe: &Path) -> Option<BuiltReport> {
        let (key, root) = self.key(recipe)?;
        let entry: Entry<Kept> = Entry::find(&key, self.store)?;
        let began = self.began;
        let checker = self
            .checkers
            .entry(root)
            .or_insert_with_key(|root| Checker::new(&root.to_string_lossy(), began));
        let holds = entry.holds((checker, &mut self.stored), &environment);
        if holds == Holds::No {
            return None;
        }
        let report = self.report(&entry.result)?;
        if !self.are_tagged(&report) {
            return None;
        }
        if holds == Holds::ByContent {
            // From the next time on a look is enough. A memo that cannot be written is none.
            let _ = entry.again(self.began).keep(&key, self.store);
        }
        Some(report)
    }

    /// Keeps what was built without anything to build, if its inputs can be told again.
    pub(super) fn keep(
        &mut self,
        recipe: &Path,
        facts: Option<Facts>,
        (built, report): (&Built, &BuiltReport),
    ) -> Result<(), Error> {
        let (Some((key, _)), Some(facts)) = (self.key(recipe), facts) else {
            return Ok(());
        };
        if !report.is_cached() || has_notes(built) {
            return Ok(());
        }
        if self.list.is_none() {
            self.list = Stored::keep_list(self.store)?;
        }
        let Some(list) = self.list else {
            return Ok(());
        };
        let mut parents = Vec::new();
        let mut next = report.parent.as_ref();
        while let Some(parent) = next {
            let bytes = sorted_json(parent);
            let key = Digest::of(&bytes);
            if !self.reports.contains_key(&key) {
                self.store.put_memo(&key, &bytes)?;
                self.reports.insert(key, Arc::clone(parent));
            }
            parents.push(key);
            next = parent.parent.as_ref();
        }
        let report = report.clone();
        let blobs = blobs(built, self.store);
        let entry = Entry::new(self.began, facts, (list, blobs), Kept { report, parents });
        entry.keep(&key, self.store)
    }

    /// The key of a recipe's builds, and the root of its repository.
    fn key(&self, recipe: &Path) -> Option<(Digest, PathBuf)> {
        let root = repository_root(recipe);
        let lock = std::fs::read(root.join(LOCK_FILE)).ok();
        let key = json!({
            "what": "build",
            "recipe": std::path::absolute(recipe).ok()?.to_str()?,
            "root": root.to_str()?,
            "place": root.canonicalize().ok()?.to_str()?,
            "lock": lock.map(|lock| Digest::of(&lock)),
            "common": self.common,
        });
        Some((Digest::of(&sorted_json(&key)), root))
    }

    fn report(&mut self, kept: &Kept) -> Option<BuiltReport> {
        let mut above = None;
        for key in kept.parents.iter().rev() {
            let report = match self.reports.get(key) {
                Some(known) => Arc::clone(known),
                None => {
                    let bytes = self.store.memo(key)?;
                    let report: BuiltReport = serde_json::from_slice(&bytes).ok()?;
                    let report = Arc::new(report.below(above.take()));
                    self.reports.insert(*key, Arc::clone(&report));
                    report
                }
            };
            above = Some(report);
        }
        Some(kept.report.clone().below(above))
    }

    /// Whether the store has a flavour, and what it derives from, under their names.
    fn are_tagged(&mut self, report: &BuiltReport) -> bool {
        let store = self.store;
        let tags = self.tags.get_or_insert_with(|| {
            let tags = store.tags().unwrap_or_default().into_iter();
            tags.map(|(name, root)| (name, root.digest().to_string()))
                .collect()
        });
        let mut next = Some(report);
        while let Some(one) = next {
            if tags
                .get(&one.name)
                .is_none_or(|tag| *tag != one.digest.to_string())
            {
                return false;
            }
            next = one.parent.as_deref();
        }
        true
    }
}

fn environment(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// Whether something is said about a build beside its layers.
fn has_notes(built: &Built) -> bool {
    let mut platforms = built.platforms.iter();
    let own = platforms.any(|platform| {
        !platform.flavour.notes.is_empty()
            || platform
                .outcomes
                .iter()
                .any(|outcome| !outcome.notes.is_empty())
    });
    own || built
        .parent
        .as_ref()
        .is_some_and(|parent| has_notes(parent))
}

/// The blobs that the store has of a flavour and of what it derives from.
fn blobs(built: &Built, store: &Store) -> Vec<(Digest, u64)> {
    let mut blobs = BTreeMap::new();
    let mut next = Some(built);
    while let Some(one) = next {
        let documents = one.image.platforms.iter().map(|one| &one.document);
        let documents = documents.chain([&one.image.root]);
        let descriptors = documents.map(|document| document.descriptor.clone());
        blobs.extend(
            descriptors
                .chain(one.image.blobs())
                .filter_map(|blob| sized(&blob)),
        );
        next = one.parent.as_deref();
    }
    let mut blobs: Vec<_> = blobs.into_iter().collect();
    blobs.retain(|(digest, size)| store.has_blob(digest, *size));
    blobs
}

fn sized(blob: &Descriptor) -> Option<(Digest, u64)> {
    Some((blob.digest().to_string().parse().ok()?, blob.size()))
}
