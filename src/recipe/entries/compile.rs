//! Modules of entries, compiled into actions and settings.

use super::reading::{Reading, proposal};
use crate::module::{Checked, Compiled, FinishRequest, LocalModule, Module, Surroundings};
use crate::origin::{Diagnostic, Sourced};
use crate::recipe::document::Entry as Written;
use crate::recipe::flavour::facts::Facts;
use crate::recipe::flavour::resolved::Entry;
use crate::recipe::repository::inputs::{Base, DiskInputs};

impl Reading<'_, '_> {
    pub(in crate::recipe) fn module(
        &mut self,
        written: &Written,
        (name, version): (&Sourced<String>, Option<&Sourced<String>>),
        entry: &mut Entry,
    ) {
        if let Some(source) = written
            .source
            .as_ref()
            .filter(|_| !self.is_pasted(written, name))
        {
            let image = (source.value != "local").then_some(source);
            return self.local(written, (name, image), entry);
        }
        let version = version.map(|version| version.value.as_str());
        match Module::read((&name.value, version), self.dialect, &written.rest) {
            Some(Err(problems)) => {
                let problems = self.with_entry_keys(name, &written.rest, problems);
                self.out.problems.extend(problems);
            }
            Some(Ok(Checked::Module(module))) => {
                self.compile(written, name, entry, &|around| module.compile(around));
            }
            Some(Ok(Checked::Unbuilt(missing))) => self.unbuilt(entry, name.clone(), missing),
            None if self.has_module(&name.value) => {
                self.out.notes.push(
                    Diagnostic::warning(
                        &name.origin,
                        format!("`{}` is read as a local module", name.value),
                    )
                    .hint("say `source: local`"),
                );
                self.local(written, (name, None), entry);
            }
            None => self.out.problems.push(self.unknown(name)),
        }
    }

    /// Adds a module whose program is the repository's own or an image's.
    fn local(
        &mut self,
        written: &Written,
        (name, image): (&Sourced<String>, Option<&Sourced<String>>),
        entry: &mut Entry,
    ) {
        let module = LocalModule {
            name,
            image,
            entry: &written.node,
        };
        self.compile(written, name, entry, &|around| module.compile(around));
    }

    /// Adds what a module compiles to, given what it is compiled in.
    pub(in crate::recipe) fn compile(
        &mut self,
        written: &Written,
        name: &str,
        entry: &mut Entry,
        compile: &dyn Fn(&Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>>,
    ) {
        let base = self.copied.filter(|_| name == "files");
        let inputs = DiskInputs {
            checkout: &self.repository.checkout,
            base: base.unwrap_or(self.base),
            scope: self.layer_scope.as_ref().unwrap_or(&self.scope),
        };
        let around = Surroundings {
            dialect: self.dialect,
            origin: &written.origin,
            inputs: &inputs,
            image: self.image.as_deref(),
            name: &self.name,
            distribution: self
                .facts
                .as_ref()
                .map(Facts::distribution)
                .unwrap_or_default(),
            root: &DiskInputs {
                base: Base::Folder(""),
                ..inputs
            },
            run: self.run.facts(&self.recipe),
        };
        match compile(&around) {
            Ok(mut compiled) => {
                entry.no_cache |= self.command_keys(written, name, &mut compiled);
                self.add(compiled, written.overrides, entry);
            }
            Err(problems) => self.out.problems.extend(problems),
        }
    }

    fn add(&mut self, compiled: Compiled, overrides: bool, entry: &mut Entry) {
        let Compiled {
            settings,
            actions,
            finish,
            config,
            warnings,
            undecided,
            asks_config,
        } = compiled;
        entry.proposals.extend(
            settings
                .into_iter()
                .map(|setting| proposal(setting, &[], overrides)),
        );
        entry.actions.extend(actions);
        entry.finish.extend::<Vec<FinishRequest>>(finish);
        self.run.config.merge(&config);
        entry.config.merge(&config);
        self.out.notes.extend(warnings);
        if self.run.config_is_open {
            self.open_config(entry, asks_config);
        }
        if let Some(why) = undecided {
            // Nothing may be built of which a part is left out.
            let name = entry.label.clone();
            entry.unbuilt.push(Sourced::new(name, why.origin.clone()));
            self.out.notes.push(why);
        }
    }
}
