//! The types of entries: their configuration by the module's name, and checks without a parent.

use super::document::{Entry as Written, EntryKind};
use super::entries::Reading;
use super::flavour::Entry;
use crate::module::{Dialect, Module};
use crate::origin::{Diagnostic, Sourced, did_you_mean};
use crate::yaml::{Node, template_names};

impl Reading<'_, '_> {
    /// Notes a module that is valid and cannot be built, and what it would need.
    pub(super) fn unbuilt(&mut self, entry: &mut Entry, name: Sourced<String>, missing: &str) {
        let warning = match missing {
            "" => Diagnostic::warning(
                &name.origin,
                format!("module `{}` is valid, but cannot be built yet", name.value),
            ),
            _ => Diagnostic::warning(
                &name.origin,
                format!("module `{}` is valid, but cannot be built", name.value),
            )
            .labelled(format!("it needs {missing}")),
        };
        let hint = "plan and build stop here; see docs/src/bluebuild.md for what is built";
        self.out.notes.push(warning.hint(hint));
        entry.unbuilt.push(name);
    }

    /// Lets an unknown key of a module be a misspelt key of every entry too.
    pub(super) fn with_entry_keys(
        &self,
        name: &str,
        rest: &Node,
        mut problems: Vec<Diagnostic>,
    ) -> Vec<Diagnostic> {
        let known: &[&str] = match self.dialect {
            Dialect::Native => &["when", "override", "source", "no-cache", "env", "secrets"],
            Dialect::BlueBuild => &["source", "no-cache", "env", "secrets"],
        };
        for problem in &mut problems {
            let key = rest
                .entries()
                .iter()
                .find(|(key, _)| key.origin == problem.origin && problem.message.contains("key"));
            let written = key.and_then(|(key, _)| key.as_text());
            let meant = written.and_then(|written| did_you_mean(written, known.iter().copied()));
            let guessed = problem
                .hint
                .as_ref()
                .is_some_and(|hint| hint.starts_with("did you mean"));
            // BlueBuild's own validation takes these keys and its build then ignores them.
            let first = ["system", "user", "notify"];
            if name == "default-flatpaks" && written.is_some_and(|key| first.contains(&key)) {
                problem.hint = Some("version 1 has it: write `default-flatpaks@v1`".to_owned());
            } else if let (Some(meant), false) = (meant, guessed) {
                problem.hint = Some(format!("did you mean `{meant}`?"));
            }
        }
        problems
    }

    /// Checks the types of an entry that does not count now.
    pub(super) fn check_shape(&mut self, entry: &Written) {
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
                let checked = self.loader.layer(name).and_then(|document| {
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

    pub(super) fn has_module(&self, name: &str) -> bool {
        !name.contains(['/', '\0']) && self.loader.root.join(&self.run.modules).join(name).is_dir()
    }

    pub(super) fn unknown(&self, name: &Sourced<String>) -> Diagnostic {
        let error = Diagnostic::error(
            &name.origin,
            format!("there is no module type `{}`", name.value),
        );
        if Module::names(Dialect::Native).any(|native| native == name.value) {
            return error.hint(format!(
                "`{}` is a module of native recipes, with `apiVersion: terroir/v1`",
                name.value
            ));
        }
        match did_you_mean(&name.value, Module::names(self.dialect)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => {
                let known: Vec<&str> = Module::names(self.dialect).collect();
                error.hint(format!(
                    "known types: {}; for one of your own say `source: local`",
                    known.join(", ")
                ))
            }
        }
    }
}
