//! The memo of builds: a recipe whose inputs are as they were when nothing had to be built is not loaded again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::built_report::BuiltReport;
use crate::cli::repository::memo::Memo;
use crate::engine::Built;
use crate::memo::Facts;
use crate::oci::{Descriptor, Digest, sorted_json};
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
    memo: Memo<'a>,
    images: Images<'a>,
}

/// Images as the store has them.
struct Images<'a> {
    store: &'a Store,
    reports: BTreeMap<Digest, Arc<BuiltReport>>,
    tags: Option<BTreeMap<String, String>>,
}

impl<'a> Memory<'a> {
    /// The memo of a store; `common` is all that the builds of this run depend on beside their recipes, and
    /// `began` a time before anything was looked at.
    pub(super) fn new(store: &'a Store, common: &Value, began: SystemTime) -> Self {
        Self {
            store,
            memo: Memo::new(store, ("build", common), began),
            images: Images {
                store,
                reports: BTreeMap::new(),
                tags: None,
            },
        }
    }

    /// Looks at what the results of a recipe are kept by, before it is loaded.
    pub(super) fn begin(&mut self, recipe: &Path) {
        self.memo.begin(recipe);
    }

    /// What the memo has of a recipe, if it still holds.
    pub(super) fn find(&mut self, recipe: &Path) -> Option<BuiltReport> {
        let images = &mut self.images;
        self.memo.find(recipe, |kept: &Kept| {
            let report = images.report(kept)?;
            images.are_tagged(&report).then_some(report)
        })
    }

    /// Keeps what was built without anything to build, if its inputs can be told again.
    pub(super) fn keep(
        &mut self,
        recipe: &Path,
        facts: Option<Facts>,
        (built, report): (&Built, &BuiltReport),
    ) -> Result<(), Error> {
        let is_silent = report.is_cached() && !has_notes(built);
        let Some(facts) = facts.filter(|_| is_silent) else {
            return Ok(());
        };
        let parents = self.images.keep(report)?;
        let report = report.clone();
        let blobs = blobs(built, self.store);
        self.memo
            .keep(recipe, (facts, blobs), Kept { report, parents })
    }
}

impl Images<'_> {
    /// Keeps the reports of what a flavour derives from; their keys, the nearest first.
    fn keep(&mut self, report: &BuiltReport) -> Result<Vec<Digest>, Error> {
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
        Ok(parents)
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
