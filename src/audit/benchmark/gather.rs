//! The controls of layers, gathered into a benchmark.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::{Check, Subject};
use crate::layer::{ControlId, Demand, Instance, LayerDocument, Shipped};
use crate::origin::{Diagnostic, Origin};
use crate::recipe::Texts;
use crate::setting::{Declaration, Setting};
use crate::yaml::{Node, Scope};

/// The benchmark whose numbers most controls carry: `cis/N` is a number of these.
const SHARED: [&str; 2] = ["cis-debian12", "cis-ubuntu2404"];

pub(super) fn layer(name: &str) -> Result<LayerDocument, Vec<Diagnostic>> {
    match Shipped::find(name) {
        Some(shipped) => shipped.read(),
        None => Err(vec![Diagnostic::error(
            &Origin::builtin(),
            format!("terroir has no layer `{name}`"),
        )]),
    }
}

/// Deepest nesting of layers.
const MAX_DEPTH: usize = 8;

pub(super) struct Gathering<'a> {
    pub(super) benchmark: &'a str,
    pub(super) scope: Scope,
    /// The options that the flavour or whoever asks has said something about.
    pub(super) said: &'a BTreeSet<String>,
    /// Those of them that whoever asks has said something about.
    pub(super) asked: &'a BTreeSet<String>,
    /// By the parts of the number, so that 5.2 comes before 5.10; two controls may share one.
    pub(super) subjects: BTreeMap<(Vec<u32>, String), Subject>,
    pub(super) wrong: Vec<Diagnostic>,
}

impl Gathering<'_> {
    pub(super) fn layer(&mut self, document: &LayerDocument, with: &Node, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let instance = document
            .check(Some(with), &with.origin)
            .and_then(|values| document.instantiate(&values, &self.scope));
        let instance = match instance {
            Ok(instance) => instance,
            Err(problems) => return self.wrong.extend(problems),
        };
        for demand in &instance.controls {
            self.demand(demand, &instance);
        }
        self.dismissed(&instance);
        for entry in &instance.modules {
            let Some(name) = entry.get("layer").and_then(Node::as_text) else {
                continue;
            };
            let empty = Node::new(crate::yaml::Value::Null, entry.origin.clone());
            match layer(name) {
                Ok(nested) => self.layer(&nested, entry.get("with").unwrap_or(&empty), depth + 1),
                Err(problems) => self.wrong.extend(problems),
            }
        }
    }

    fn demand(&mut self, demand: &Demand, instance: &Instance) {
        let Some(number) = number(self.benchmark, &demand.requirement.ids) else {
            return;
        };
        let settings = self.settings(&demand.settings, instance);
        let checks = self.checks(demand, &settings, instance);
        self.put(Subject {
            number: number.to_owned(),
            requirement: demand.requirement.clone(),
            dismissed: None,
            settings,
            checks,
            layer: instance.name.clone(),
            section: instance.title.clone(),
        });
    }

    fn settings(&mut self, declared: &[Declaration], instance: &Instance) -> Vec<Setting> {
        let texts = Texts(&instance.scope);
        let mut settings = Vec::new();
        for declaration in declared {
            match declaration.settings(&texts) {
                Ok(some) => settings.extend(some),
                Err(problems) => self.wrong.extend(problems),
            }
        }
        settings
    }

    /// What a root has to meet: what the benchmark allows where the control says it, and the value
    /// itself where it says nothing else, or where somebody has named the value.
    fn checks(&mut self, demand: &Demand, settings: &[Setting], instance: &Instance) -> Vec<Check> {
        let alone = |is_flavours: bool| {
            move |setting: Setting| Check {
                any: vec![setting],
                is_flavours,
            }
        };
        let all = self.settings(&demand.checks, instance);
        let any = self.settings(&demand.alternatives, instance);
        if all.is_empty() && any.is_empty() {
            return settings.iter().cloned().map(alone(false)).collect();
        }
        let mut checks: Vec<Check> = all.into_iter().map(alone(false)).collect();
        if !any.is_empty() {
            checks.push(Check {
                any,
                is_flavours: false,
            });
        }
        if demand.uses.iter().any(|name| self.said.contains(name)) {
            let asked = demand.uses.iter().any(|name| self.asked.contains(name));
            checks.extend(settings.iter().cloned().map(alone(!asked)));
        }
        checks
    }

    fn dismissed(&mut self, instance: &Instance) {
        for dismissed in &instance.dismissed {
            let requirement = &dismissed.requirement;
            let Some(number) = number(self.benchmark, &requirement.ids) else {
                continue;
            };
            self.put(Subject {
                number: number.to_owned(),
                requirement: requirement.clone(),
                dismissed: Some(dismissed.why.clone()),
                settings: Vec::new(),
                checks: Vec::new(),
                layer: instance.name.clone(),
                section: instance.title.clone(),
            });
        }
    }

    /// Keeps a control; of two with one number and title the one that applies counts.
    fn put(&mut self, subject: Subject) {
        let parts = subject
            .number
            .split('.')
            .map(|part| part.parse().unwrap_or(u32::MAX));
        let key = (parts.collect(), subject.requirement.title.clone());
        let replaces = self
            .subjects
            .get(&key)
            .is_none_or(|held| held.dismissed.is_some());
        if replaces {
            self.subjects.insert(key, subject);
        }
    }
}

/// The number that a benchmark gives a control; none when it does not have it.
fn number<'a>(benchmark: &str, ids: &'a [ControlId]) -> Option<&'a str> {
    let of = |wanted: &str| {
        let mut parts = ids.iter().map(ControlId::parts);
        parts
            .find(|(name, _)| *name == wanted)
            .map(|(_, number)| number)
    };
    of(benchmark).or_else(|| match SHARED.contains(&benchmark) {
        true => of("cis"),
        false => None,
    })
}
