//! Layers among the entries of a recipe, and layers that these use.

use super::reading::{Reading, proposal};
use crate::layer::Demand;
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::recipe::document::{Entry as Written, EntryKind};
use crate::recipe::flavour::expectation::{Test, expectations};
use crate::recipe::flavour::resolved::Entry;
use crate::recipe::repository::inputs::DiskInputs;
use crate::yaml::Node;

impl Reading<'_, '_> {
    /// Adds all that a layer demands, with the layers that it uses.
    pub(in crate::recipe) fn layer(
        &mut self,
        name: &Sourced<String>,
        with: &Node,
        (entry, overrides): (&mut Entry, bool),
    ) {
        if let Some(position) = self.layers.iter().position(|held| held.value == name.value) {
            let mut error = Diagnostic::error(&name.origin, "layers use each other in a circle")
                .labelled(format!("`{}` is already being read", name.value));
            for held in self.layers.iter().skip(position) {
                error = error.and(&held.origin, format!("`{}` is asked for here", held.value));
            }
            return self.out.problems.push(error);
        }
        let before = self.out.problems.len();
        self.whole_layer(name, with, (entry, overrides));
        // What is wrong in a layer is shown with the entry that asks for it.
        for problem in self.out.problems.iter_mut().skip(before) {
            let told = |(origin, _): &(Origin, String)| *origin == name.origin;
            if problem.origin.file != name.origin.file && !problem.related.iter().any(told) {
                let words = format!("layer `{}` is used here", name.value);
                problem.related.push((name.origin.clone(), words));
            }
        }
    }

    fn whole_layer(
        &mut self,
        name: &Sourced<String>,
        with: &Node,
        (entry, overrides): (&mut Entry, bool),
    ) {
        let read = self.repository.layer(name).and_then(|document| {
            let with = (!with.is_null()).then_some(with);
            let values = document.check(with, &name.origin)?;
            if !document.controls.is_empty() {
                let ids = document.controls.iter().flat_map(|control| &control.ids);
                let ids = ids.map(|id| id.as_str().to_owned());
                self.out.controls.extend(ids);
                let options = values.iter();
                let options = options.map(|(name, value)| (name.to_owned(), value.to_json()));
                let layer = document.name.clone();
                self.out.layers.insert(layer, options.collect());
            }
            document.instantiate(&values, &self.scope)
        });
        let instance = match read {
            Ok(instance) => instance,
            Err(problems) => return self.out.problems.extend(problems),
        };
        for undecided in &instance.undecided {
            self.out.notes.push(undecided.diagnostic(&name.origin));
        }
        let outer = self.layer_scope.replace(instance.scope);
        self.layers.push(name.clone());
        for demand in &instance.controls {
            self.demand(demand, overrides, entry);
        }
        for node in &instance.modules {
            match crate::yaml::decode::<Written>(node) {
                Ok(mut nested) => {
                    nested.overrides |= overrides;
                    self.nested(&nested, entry);
                }
                Err(problems) => self.out.problems.extend(problems),
            }
        }
        self.layer_tests(&instance.tests);
        self.layers.pop();
        self.layer_scope = outer;
    }

    /// Adds what a layer expects of the finished tree; a layer that is used twice says it once.
    fn layer_tests(&mut self, tests: &[Node]) {
        let mut read: Vec<Sourced<Test>> = Vec::new();
        for node in tests {
            match crate::yaml::decode::<Test>(node) {
                Ok(test) => read.push(Sourced::new(test, node.origin.clone())),
                Err(problems) => self.out.problems.extend(problems),
            }
        }
        match expectations(&read, &self.name) {
            Ok(stated) => {
                for one in stated {
                    if !self.out.tests.contains(&one) {
                        self.out.tests.push(one);
                    }
                }
            }
            Err(problems) => self.out.problems.extend(problems),
        }
    }

    /// Adds an entry of a layer, which the layer has rendered already.
    fn nested(&mut self, nested: &Written, entry: &mut Entry) {
        match &nested.kind {
            EntryKind::Module { name, version } => {
                self.module(nested, (name, version.as_ref()), entry);
            }
            EntryKind::Layer { name, with } => self.layer(name, with, (entry, nested.overrides)),
            EntryKind::FromFile(path) => self.out.problems.push(
                Diagnostic::error(&path.origin, "a layer cannot include the entries of a file")
                    .hint("use another layer instead"),
            ),
        }
    }

    fn demand(&mut self, demand: &Demand, overrides: bool, entry: &mut Entry) {
        let inputs = DiskInputs {
            checkout: &self.repository.checkout,
            base: self.base,
            scope: self.layer_scope.as_ref().unwrap_or(&self.scope),
        };
        let controls: Vec<String> = demand
            .requirement
            .ids
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect();
        for declaration in &demand.settings {
            match declaration.settings(&inputs) {
                Ok(settings) => {
                    let settings = settings
                        .into_iter()
                        .map(|setting| proposal(setting, &controls, overrides));
                    entry.proposals.extend(settings);
                }
                Err(problems) => self.out.problems.extend(problems),
            }
        }
    }
}
