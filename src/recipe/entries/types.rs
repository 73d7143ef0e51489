//! The types of entries: their configuration by the module's name, and names that are unknown.

use serde::de::{Deserializer, Error as _};

use super::reading::Reading;
use crate::module::bluebuild::{self, Checked};
use crate::module::{Dialect, Module};
use crate::origin::{Diagnostic, Sourced, did_you_mean};
use crate::recipe::flavour::resolved::Entry;
use crate::yaml::{Node, Reader};

/// The configuration of a module, as far as this terroir builds it.
pub(in crate::recipe) enum Config {
    Module(Box<Module>),
    /// What building it needs that is not there.
    Unbuilt(&'static str),
}

/// Reads a module's configuration by the module's name.
pub(in crate::recipe) struct ByName<'n> {
    pub name: &'n str,
    pub version: Option<&'n str>,
    pub dialect: Dialect,
}

impl Reader for ByName<'_> {
    type Value = Option<Config>;

    fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Self::Value, D::Error> {
        if Module::names(self.dialect).contains(&self.name) {
            let versions = Module::versions(self.name, self.dialect);
            if let Some(version) = self.version.filter(|version| !versions.contains(version)) {
                return Err(D::Error::custom(format_args!(
                    "`{}` has no version `{version}`; the versions are {}",
                    self.name,
                    versions.join(", ")
                )));
            }
            let latest = versions.iter().rev().take(2).copied();
            let older = self
                .version
                .filter(|version| !latest.clone().any(|latest| latest == *version));
            let name = match older {
                Some(version) => format!("{}@{version}", self.name),
                None => self.name.to_owned(),
            };
            let module = Module::parse(&name, self.dialect, deserializer);
            return module
                .transpose()
                .map(|module| module.map(|module| Config::Module(Box::new(module))));
        }
        let checked = bluebuild::parse(self.name, self.version, deserializer).transpose()?;
        Ok(checked.map(|checked| match checked {
            Checked::Module(module) => Config::Module(module),
            Checked::Unbuilt(unbuilt) => Config::Unbuilt(unbuilt.missing),
        }))
    }
}

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

    pub(in crate::recipe) fn knows(&self, name: &str) -> bool {
        Module::names(self.dialect).contains(&name) || bluebuild::names().contains(&name)
    }

    pub(in crate::recipe) fn has_module(&self, name: &str) -> bool {
        !name.contains(['/', '\0'])
            && self
                .repository
                .root
                .join(&self.run.modules)
                .join(name)
                .is_dir()
    }

    pub(in crate::recipe) fn unknown(&self, name: &Sourced<String>) -> Diagnostic {
        let known = Module::names(self.dialect)
            .iter()
            .chain(bluebuild::names())
            .copied();
        let error = Diagnostic::error(
            &name.origin,
            format!("there is no module type `{}`", name.value),
        );
        if Module::names(Dialect::Native).contains(&name.value.as_str()) {
            return error.hint(format!(
                "`{}` is a module of native recipes, with `apiVersion: terroir/v1`",
                name.value
            ));
        }
        match did_you_mean(&name.value, known.clone()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => {
                let mut known: Vec<&str> = known.collect();
                known.sort_unstable();
                known.dedup();
                error.hint(format!(
                    "known types: {}; for one of your own say `source: local`",
                    known.join(", ")
                ))
            }
        }
    }
}
