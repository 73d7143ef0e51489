//! The gate for mandatory settings, of a new image and of a published one.

use super::finished::Gate;
use super::found::found_at;
use crate::engine::error::Error;
use crate::engine::parent::{diff_ids, record_of};
use crate::engine::step::Outcome as StepOutcome;
use crate::oci::{BlobSource, Image, MAX_DOCUMENT};
use crate::origin::Diagnostic;
use crate::path::TreePath;
use crate::recipe::{Bound, Record, bound};
use crate::setting::{Outcome, Reads};
use crate::store::Store;
use crate::tree::{Limits, Snapshot, Whiteout, read_layer};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

impl Gate<'_> {
    /// Holds the image to its mandatory settings; `own` are the steps that its flavour adds.
    ///
    /// Of the ancestors' settings only those are looked at whose files a step changed besides
    /// settings, which were compared when the recipe was loaded; what the flavour itself states is
    /// looked at whatever changed.
    pub(in crate::engine) fn mandatory(self, own: &[StepOutcome]) -> Result<(), Error> {
        let record = self.record;
        let all = || bound(&record.settings, &record.mandatory, &record.exceptions);
        if all().next().is_none() {
            return Ok(());
        }
        let rules = rules(record);
        let key = self.key("mandatory", &rules);
        if self.store.note("gates", &key)?.is_some() {
            return Ok(());
        }
        let changes = self.changes(own)?;
        let touched: Vec<Bound<'_>> = all()
            .filter(|bound| {
                // What the flavour itself states may be without effect in what it derives from.
                let own = bound.claim.flavour == record.flavour().name;
                let reads = bound.kind.reads(bound.name);
                own || changes.iter().any(|(_, paths)| touches(&reads, paths))
            })
            .collect();
        if !touched.is_empty() {
            let root = self.root()?;
            let broken = touched
                .iter()
                .filter_map(|bound| broken(bound, &root, &changes));
            let broken: Vec<Diagnostic> = broken.collect();
            if !broken.is_empty() {
                return Err(Error::Weakened(broken));
            }
        }
        Ok(self.store.put_note("gates", &key, b"held")?)
    }

    /// Holds an image that somebody else may have built to all of its mandatory settings.
    fn published(self) -> Result<(), Error> {
        let record = self.record;
        let rules = rules(record);
        let key = self.key("published", &rules);
        let built = self.key("mandatory", &rules);
        let mut all = bound(&record.settings, &record.mandatory, &record.exceptions).peekable();
        if all.peek().is_none()
            || self.store.note("gates", &key)?.is_some()
            || self.store.note("gates", &built)?.is_some()
        {
            return Ok(());
        }
        let root = self.root()?;
        let broken: Vec<Diagnostic> = all.filter_map(|bound| broken(&bound, &root, &[])).collect();
        if !broken.is_empty() {
            return Err(Error::Weakened(broken));
        }
        Ok(self.store.put_note("gates", &key, b"held")?)
    }

    /// What each step changed besides settings of kinds that own their files.
    fn changes(
        self,
        own: &[StepOutcome],
    ) -> Result<Vec<(&StepOutcome, BTreeSet<TreePath>)>, Error> {
        let made = own.iter().filter(|outcome| !outcome.settled);
        let made = made.filter_map(|outcome| Some((outcome, outcome.layer.as_ref()?)));
        made.map(|(outcome, packed)| {
            let layer = packed.descriptor();
            let mut paths = BTreeSet::new();
            read_layer(
                self.source.open(&layer)?,
                layer.media_type(),
                &Limits::default(),
                &mut |entry, _| {
                    match entry.whiteout() {
                        Some(Whiteout::Path(path) | Whiteout::Opaque(path)) => {
                            paths.insert(path);
                        }
                        // Directories are repeated on the way to what a step writes.
                        None if entry.is_directory() => {}
                        None => {
                            paths.insert(entry.path.clone());
                        }
                    }
                    Ok(ControlFlow::Continue(()))
                },
            )?;
            Ok((outcome, paths))
        })
        .collect()
    }
}

/// Everything that decides what is mandatory in an image.
fn rules(record: &Record) -> serde_json::Value {
    serde_json::json!({ "mandatory": record.mandatory, "settings": record.settings,
        "exceptions": record.exceptions })
}

fn touches(reads: &[Reads], paths: &BTreeSet<TreePath>) -> bool {
    reads
        .iter()
        .any(|read| paths.iter().any(|path| read.touches(path)))
}

/// Holds every platform of an image to what its record makes mandatory; an image without a record
/// has no rules.
///
/// # Errors
/// A mandatory setting is not in it, or it cannot be read.
pub fn hold_published(
    image: &Image,
    source: &Arc<dyn BlobSource>,
    store: &Store,
) -> Result<(), Error> {
    for platform in &image.platforms {
        let config = source.read(platform.manifest.config(), MAX_DOCUMENT)?;
        let config = serde_json::from_slice(&config).unwrap_or_default();
        let Some(record) = record_of(platform, &config, source, store)? else {
            continue;
        };
        let gate = Gate {
            record: &record,
            layers: platform.manifest.layers(),
            diff_ids: &diff_ids(&config).unwrap_or_default(),
            source: source.as_ref(),
            store,
        };
        gate.published()?;
    }
    Ok(())
}

/// What to say of a mandatory setting that the finished root does not have.
fn broken(
    bound: &Bound<'_>,
    root: &Snapshot,
    changes: &[(&StepOutcome, BTreeSet<TreePath>)],
) -> Option<Diagnostic> {
    let found = match bound.kind.check(bound.name, &bound.claim.value, root) {
        Ok(checked) if checked.outcome != Outcome::Unmet => return None,
        Ok(checked) => found_at(&checked),
        Err(unexamined) => unexamined.to_string(),
    };
    let reads = bound.kind.reads(bound.name);
    let step = changes
        .iter()
        .rev()
        .find(|(_, paths)| touches(&reads, paths));
    let (rule, claim) = (bound.rule, bound.claim);
    let message = format!(
        "{} is mandatory in the {} flavour {}, and the finished image has something else",
        bound.key, rule.tier, rule.flavour
    );
    let place = step.map_or(&claim.origin, |(step, _)| &step.origin);
    let label = match step {
        Some((step, _)) => format!("the step `{}` leads to: {found}", step.label),
        None => format!("found: {found}"),
    };
    let owner = rule
        .owner
        .as_ref()
        .map(|owner| format!(" ({owner})"))
        .unwrap_or_default();
    let demanded = bound.kind.show(bound.name, &claim.value);
    Some(
        Diagnostic::error(place, message)
            .labelled(label)
            .and(&claim.origin, format!("the mandatory value: {demanded}"))
            .and(&rule.origin, "made mandatory here")
            .hint(format!(
                "let the step keep the value, or ask the owner of {}{owner}",
                rule.flavour
            )),
    )
}
