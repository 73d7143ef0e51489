//! Lists of entries: conditions, files that they include, and a step for each entry.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reading::{Read, Reading};
use crate::layer::FACTS;
use crate::module::{Dialect, Module};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::recipe::document::{Entry as Written, EntryKind, FragmentDocument, readable};
use crate::recipe::flavour::resolved::Entry;
use crate::yaml::{condition, names, template_names};

/// Deepest nesting of `from-file`.
const MAX_DEPTH: usize = 32;

impl Reading<'_, '_> {
    /// Reads all entries.
    pub(in crate::recipe) fn entries(mut self, entries: &[Written]) -> Read {
        let file = Arc::clone(&self.recipe);
        self.way.push((Arc::clone(&file), Origin::of_file(&file)));
        self.list(entries, &file);
        self.out
    }

    /// Checks the types of all entries, whatever the parent and the variables will be.
    pub(in crate::recipe) fn shapes(mut self, entries: &[Written]) -> Vec<Diagnostic> {
        self.shape_only = true;
        self.entries(entries).problems
    }

    pub(in crate::recipe) fn list(&mut self, entries: &[Written], file: &Arc<str>) {
        for entry in entries {
            let counts = !self.shape_only && self.holds(entry);
            match &entry.kind {
                EntryKind::FromFile(path) if counts || self.shape_only => self.fragment(path, file),
                EntryKind::FromFile(_) => {}
                _ if counts => self.entry(entry),
                _ if self.shape_only => self.check_shape(entry),
                _ => {}
            }
        }
    }

    /// Whether an entry applies; one whose facts are not known is checked and left out.
    fn holds(&mut self, entry: &Written) -> bool {
        if self.dialect == Dialect::BlueBuild {
            return true;
        }
        let unknown = |used: BTreeSet<String>| {
            let mut facts = FACTS.into_iter();
            facts.any(|name| used.contains(name) && !self.scope.contains_key(name))
        };
        let by_condition = entry.when.as_ref().is_some_and(|when| unknown(names(when)));
        if by_condition || unknown(template_names(&entry.node)) {
            if self.foreign {
                self.out.problems.push(
                    Diagnostic::error(
                        &entry.origin,
                        "nothing is known about the base of this stage",
                    )
                    .labelled("uses a fact of the base")
                    .hint("facts are those of the recipe's own parent; write the value out"),
                );
                return false;
            }
            let place = match &entry.when {
                Some(when) if by_condition => &when.origin,
                _ => &entry.origin,
            };
            let message = match by_condition {
                true => "it is not known yet whether this entry applies",
                false => "it is not known yet what this entry contains",
            };
            self.out.notes.push(
                Diagnostic::warning(place, message)
                    .labelled("uses a fact of the parent")
                    .hint("facts are known once the parent is in the store; --fetch gets it"),
            );
            self.check_shape(entry);
            return false;
        }
        let Some(when) = &entry.when else { return true };
        match condition(when, &self.scope) {
            Ok(true) => true,
            Ok(false) => {
                self.check_shape(entry);
                false
            }
            Err(problem) => {
                self.out.problems.push(*problem);
                false
            }
        }
    }

    /// Splices the entries of another file in.
    fn fragment(&mut self, path: &Sourced<String>, file: &Arc<str>) {
        let place = match &self.fragments {
            Some(folder) => self.repository.beside(&format!("{folder}/x"), path),
            None => self.repository.beside(file, path),
        };
        let place = match place {
            Ok(place) => place,
            Err(problem) => return self.out.problems.push(problem),
        };
        if let Some(position) = self.way.iter().position(|(held, _)| *held == place) {
            let mut error = Diagnostic::error(&path.origin, "files include each other in a circle")
                .labelled(format!("{place} is already being read"));
            for (held, origin) in self.way.iter().skip(position.max(1)) {
                error = error.and(origin, format!("{held} is included here"));
            }
            return self.out.problems.push(error);
        }
        if self.way.len() >= MAX_DEPTH {
            let error = format!("files include each other more than {MAX_DEPTH} deep");
            return self
                .out
                .problems
                .push(Diagnostic::error(&path.origin, error));
        }
        let dialect = self.dialect;
        let node = match self.repository.node(&place, &path.origin) {
            Ok(node) => node,
            Err(problems) => return self.out.problems.extend(problems),
        };
        let modules = FragmentDocument::read(&node, dialect).map_or_else(
            |problems| {
                self.out.problems.extend(problems);
                readable(node.get("modules"))
            },
            |fragment| fragment.modules,
        );
        self.way.push((Arc::clone(&place), path.origin.clone()));
        self.list(&modules, &place);
        self.way.pop();
    }

    /// Reads one entry that makes a step.
    fn entry(&mut self, written: &Written) {
        let mut entry = self.empty(written.kind.label(), &written.origin);
        self.step(written, &mut entry);
        let packages = self.packages_of(written, &entry);
        self.out.entries.extend(packages);
        self.out.entries.push(entry);
    }
    /// Adds what an entry demands to a step; layers add all that they contain.
    fn step(&mut self, written: &Written, entry: &mut Entry) {
        let rendered = match self.dialect {
            Dialect::Native => written.render(&self.scope),
            Dialect::BlueBuild => Ok(written.clone()),
        };
        let rendered = match rendered {
            Ok(rendered) => rendered,
            Err(problems) => return self.out.problems.extend(problems),
        };
        match &rendered.kind {
            EntryKind::Module { name, version } => {
                self.module(&rendered, (name, version.as_ref()), entry);
            }
            EntryKind::Layer { name, with } => self.layer(name, with, (entry, rendered.overrides)),
            // Files are included before (see `list`).
            EntryKind::FromFile(_) => {}
        }
    }

    /// Checks the types of an entry that does not count now.
    fn check_shape(&mut self, entry: &Written) {
        match &entry.kind {
            EntryKind::Module { name, version } => {
                if entry.source.is_some() || self.has_module(&name.value) {
                    return;
                }
                let version = version.as_ref().map(|version| version.value.as_str());
                let kind = (name.value.as_str(), version);
                match Module::check(kind, self.dialect, &entry.rest) {
                    Some(problems) => {
                        let problems = self.with_entry_keys(name, &entry.rest, problems);
                        self.out.problems.extend(problems);
                    }
                    None => self.out.problems.push(self.unknown(name)),
                }
            }
            EntryKind::Layer { name, with } => {
                let literal = template_names(with).is_empty();
                let checked = self.repository.layer(name).and_then(|document| {
                    let with = (!with.is_null()).then_some(with);
                    match literal {
                        true => document.check(with, &name.origin).map(drop),
                        false => Ok(()),
                    }
                });
                self.out
                    .problems
                    .extend(checked.err().into_iter().flatten());
            }
            EntryKind::FromFile(_) => {}
        }
    }
}
