//! The types of entries: their configuration by the module's name, and names that are unknown.

use std::path::Path;

use super::reading::Reading;
use crate::module::{Dialect, Module};
use crate::origin::{Diagnostic, Sourced, did_you_mean};
use crate::recipe::flavour::resolved::Entry;
use crate::yaml::Node;

impl Reading<'_, '_> {
    /// Notes a module that is valid and cannot be built, and what it would need.
    pub(in crate::recipe) fn unbuilt(
        &mut self,
        entry: &mut Entry,
        name: Sourced<String>,
        missing: &str,
    ) {
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
    pub(in crate::recipe) fn with_entry_keys(
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

    pub(in crate::recipe) fn has_module(&self, name: &str) -> bool {
        !name.contains(['/', '\0'])
            && self
                .repository
                .checkout
                .is_folder(&Path::new(&self.run.modules).join(name))
    }

    pub(in crate::recipe) fn unknown(&self, name: &Sourced<String>) -> Diagnostic {
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
