//! Gates: a finished root is held to what its flavour's rules and its recipe's audit demand.
//!
//! A gate never changes bytes. What it found is noted under all that it depends on, so that an
//! image that was let pass is not read again.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::civil::Date;

use crate::audit::{
    Benchmark, BenchmarkError, Choices, Finding, Known, Profile, Said, Verdict, examine, score_of,
};
use crate::oci::{BlobSource, Descriptor, Digest, Image, MAX_DOCUMENT, sorted_json};
use crate::origin::Diagnostic;
use crate::path::TreePath;
use crate::recipe::{AuditGate, Bound, Record, bound};
use crate::setting::{Outcome, Reads};
use crate::store::Store;
use crate::tree::{Limits, Snapshot, Whiteout, read_layer};

use super::error::Error;
use super::parent::{diff_ids, record_of};
use super::stack;

/// Raised whenever a check may answer another question than before, so that notes count no more.
const FORMAT: u32 = 2;

/// A finished image before anybody gets it.
#[derive(Clone, Copy)]
pub(super) struct Gate<'a> {
    /// What the image says of itself.
    pub record: &'a Record,
    /// All layers, the lowest first.
    pub layers: &'a [Descriptor],
    /// Their diff IDs.
    pub diff_ids: &'a [Digest],
    /// Where their blobs are.
    pub source: &'a dyn BlobSource,
    /// Where is noted what was let pass.
    pub store: &'a Store,
}

impl Gate<'_> {
    /// Holds the image to its mandatory settings; `own` are the steps that its flavour adds.
    ///
    /// Of the ancestors' settings only those are looked at whose files a step changed besides
    /// settings, which were compared when the recipe was loaded; what the flavour itself states is
    /// looked at whatever changed.
    pub(super) fn mandatory(self, own: &[stack::Outcome]) -> Result<(), Error> {
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
                // What the flavour itself states may be without effect in what it stacks on.
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

    /// Holds the image to the audit that its recipe asks for.
    pub(super) fn audit(self, wanted: &AuditGate, today: Date) -> Result<(), Error> {
        let record = self.record;
        let expired: Vec<bool> = record
            .exceptions
            .iter()
            .map(|exception| {
                exception
                    .expires
                    .parse::<Date>()
                    .is_ok_and(|last| last < today)
            })
            .collect();
        let rules = serde_json::json!({ "audit": wanted.key(), "exceptions": record.exceptions,
            "expired": expired, "program": env!("CARGO_PKG_VERSION") });
        let key = self.key("audit", &rules);
        if self.store.note("gates", &key)?.is_some() {
            return Ok(());
        }
        let (name, findings) = self.findings(wanted, today)?;
        let score = score_of(&findings).unwrap_or(100.0);
        let lapsed = findings.iter().any(|finding| {
            let exception = finding.exception.as_ref();
            exception.is_some_and(|exception| exception.days_left < 0)
        });
        if score < wanted.threshold || lapsed {
            let broken = findings
                .iter()
                .filter(|finding| matches!(finding.verdict, Verdict::Fail | Verdict::Error));
            let what = match lapsed {
                true => "an exception has expired".to_owned(),
                false => format!("the score {score:.1} is below {}", wanted.threshold),
            };
            return Err(Error::Audit {
                origin: wanted.origin.clone(),
                what: format!("{name}, level {}: {what}", wanted.level),
                findings: broken.map(told).collect(),
            });
        }
        Ok(self.store.put_note("gates", &key, b"held")?)
    }

    /// What an audit finds, and the name of the benchmark.
    fn findings(self, wanted: &AuditGate, today: Date) -> Result<(String, Vec<Finding>), Error> {
        let failed = |what: String| Error::Audit {
            origin: wanted.origin.clone(),
            what,
            findings: Vec::new(),
        };
        let unknown = |error: BenchmarkError| failed(error.to_string());
        let record = self.record;
        let root = self.root()?;
        let name = match &wanted.benchmark {
            Some(name) => name.clone(),
            None => Benchmark::of_distribution(&record.facts)
                .map_err(unknown)?
                .to_owned(),
        };
        let mut choices = Choices(wanted.choose.clone());
        let umbrella = Benchmark::umbrella().map_err(unknown)?;
        let said = Said::of(&umbrella, Some(record));
        choices
            .complete(&umbrella, &said, &root)
            .map_err(|error| failed(error.to_string()))?;
        let profile = match wanted.workstation {
            true => Profile::Workstation,
            false => Profile::Server,
        };
        let level = (wanted.level, profile);
        let benchmark =
            Benchmark::read(&name, level, &record.facts, (choices, &said)).map_err(unknown)?;
        let known = Known {
            claims: Some(&record.settings),
            exceptions: &record.exceptions,
            today,
        };
        Ok((name, examine(&benchmark, &root, known)))
    }

    pub(super) fn key(self, gate: &str, rules: &serde_json::Value) -> Digest {
        Digest::of(&sorted_json(&serde_json::json!({
            "format": FORMAT, "gate": gate, "rules": rules, "layers": self.diff_ids,
        })))
    }

    pub(super) fn root(self) -> Result<Snapshot, Error> {
        Ok(Snapshot::of_layers(self.layers, self.source)?)
    }

    /// What each step changed besides settings of kinds that own their files.
    fn changes(
        self,
        own: &[stack::Outcome],
    ) -> Result<Vec<(&stack::Outcome, BTreeSet<TreePath>)>, Error> {
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
    changes: &[(&stack::Outcome, BTreeSet<TreePath>)],
) -> Option<Diagnostic> {
    let found = match bound.kind.check(bound.name, &bound.claim.value, root) {
        Ok(checked) if checked.outcome != Outcome::Unmet => return None,
        Ok(checked) => match checked.place {
            Some(place) => match place.line {
                Some(line) => format!("{} ({}:{line})", checked.found, place.path),
                None => format!("{} ({})", checked.found, place.path),
            },
            None => checked.found,
        },
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

/// A finding in one line.
fn told(finding: &Finding) -> String {
    let mut wrong = finding.settings.iter();
    let wrong = wrong.find(|one| matches!(one.verdict, Verdict::Fail | Verdict::Error));
    match wrong {
        Some(one) => format!(
            "{} {}: expected {}, found {}",
            finding.number, finding.title, one.expected, one.found
        ),
        None => format!("{} {}", finding.number, finding.title),
    }
}
