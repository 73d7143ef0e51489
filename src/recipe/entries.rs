//! Entries of `modules:` to steps: conditions, layers, fragments and modules.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserializer;

use super::claims::Proposal;
use super::document::{Entry as Written, EntryKind, FragmentDocument};
use super::facts::FACTS;
use super::flavour::Entry;
use super::inputs::{Base, DiskInputs};
use super::load::Loader;
use crate::layer::Demand;
use crate::module::{Compiled, Dialect, FinishRequest, Module, Surroundings, bluebuild};
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};
use crate::setting::Setting;
use crate::yaml::{Node, Reader, Scope, check_with, condition, decode_with, names, template_names};

/// Deepest nesting of layers and of `from-file`.
const MAX_DEPTH: usize = 32;

/// What was read of a list of entries.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The steps.
    pub entries: Vec<Entry>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// What could not be checked, and warnings.
    pub notes: Vec<Diagnostic>,
}

/// One pass over the entries of a recipe, which goes on after an error to find the others.
pub(super) struct Reading<'l, 'a> {
    loader: &'l mut Loader<'a>,
    recipe: Arc<str>,
    dialect: Dialect,
    scope: Scope,
    /// What paths are relative to.
    pub base: Base<'l>,
    /// Where `from-file` looks; the including file's own folder when absent.
    pub fragments: Option<String>,
    /// Where modules of the repository live.
    pub modules: String,
    /// Whether the facts are in the scope.
    pub facts_known: bool,
    /// Where the flavour is published, without a tag.
    pub image: Option<String>,
    /// The flavour's name.
    pub name: String,
    way: Vec<(Arc<str>, Origin)>,
    out: Read,
}

/// The configuration of a module, as far as this terroir builds it.
enum Config {
    Module(Box<Module>),
    Unbuilt,
}

/// Reads a module's configuration by the module's name.
struct ByName<'n> {
    name: &'n str,
    version: Option<&'n str>,
    dialect: Dialect,
}

impl Reader for ByName<'_> {
    type Value = Option<Config>;

    fn read<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Self::Value, D::Error> {
        if Module::names(self.dialect).contains(&self.name) {
            let module = Module::parse(self.name, self.dialect, deserializer);
            return module
                .transpose()
                .map(|module| module.map(|module| Config::Module(Box::new(module))));
        }
        let unbuilt = bluebuild::parse(self.name, self.version, deserializer);
        unbuilt
            .transpose()
            .map(|unbuilt| unbuilt.map(|_| Config::Unbuilt))
    }
}

impl<'l, 'a> Reading<'l, 'a> {
    /// Starts to read the entries of a recipe.
    pub(super) fn new(
        loader: &'l mut Loader<'a>,
        recipe: Arc<str>,
        dialect: Dialect,
        scope: Scope,
    ) -> Self {
        Self {
            loader,
            recipe,
            dialect,
            scope,
            base: Base::Folder("files"),
            fragments: None,
            modules: "modules".to_owned(),
            facts_known: true,
            image: None,
            name: String::new(),
            way: Vec::new(),
            out: Read::default(),
        }
    }

    /// Reads all entries.
    pub(super) fn entries(mut self, entries: &[Written]) -> Read {
        let file = Arc::clone(&self.recipe);
        self.way.push((Arc::clone(&file), Origin::of_file(&file)));
        self.list(entries, &file);
        self.out
    }

    /// Checks entries that are in no step of this flavour: those of another stage.
    pub(super) fn check_only(&mut self, entries: &[Written]) {
        let before = self.out.entries.len();
        let file = Arc::clone(&self.recipe);
        self.list(entries, &file);
        self.out.entries.truncate(before);
    }

    fn list(&mut self, entries: &[Written], file: &Arc<str>) {
        for entry in entries {
            if !self.holds(entry) {
                continue;
            }
            match &entry.kind {
                EntryKind::FromFile(path) => self.fragment(path, file),
                _ => self.entry(entry),
            }
        }
    }

    /// Tells whether an entry counts; one whose facts are not known is checked and left out.
    fn holds(&mut self, entry: &Written) -> bool {
        let unknown =
            |used: BTreeSet<String>| used.iter().any(|name| FACTS.contains(&name.as_str()));
        if !self.facts_known {
            let by_condition = entry.when.as_ref().is_some_and(|when| unknown(names(when)));
            if by_condition || unknown(template_names(&entry.node)) {
                let place = entry
                    .when
                    .as_ref()
                    .map_or(&entry.origin, |when| &when.origin);
                self.out.notes.push(
                    Diagnostic::warning(
                        place,
                        "not known yet whether this entry counts, or what it says",
                    )
                    .labelled("asks for a fact of the parent")
                    .hint("facts are known once the parent is in the store; --fetch gets it"),
                );
                self.check_shape(entry);
                return false;
            }
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

    /// Checks the types of an entry that does not count now.
    fn check_shape(&mut self, entry: &Written) {
        let EntryKind::Module { name, version } = &entry.kind else {
            return;
        };
        let version = version.as_ref().map(|version| version.value.as_str());
        let reader = ByName {
            name: &name.value,
            version,
            dialect: self.dialect,
        };
        self.out.problems.extend(check_with(&entry.rest, &reader));
    }

    /// Splices the entries of another file in.
    fn fragment(&mut self, path: &Sourced<String>, file: &Arc<str>) {
        let place = match &self.fragments {
            Some(folder) => self.loader.beside(&format!("{folder}/x"), path),
            None => self.loader.beside(file, path),
        };
        let place = match place {
            Ok(place) => place,
            Err(problem) => return self.out.problems.push(problem),
        };
        if let Some(position) = self.way.iter().position(|(held, _)| *held == place) {
            let mut error = Diagnostic::error(&path.origin, "files take each other in in a circle")
                .labelled(format!("{place} is already being read"));
            for (held, origin) in self.way.iter().skip(position.max(1)) {
                error = error.and(origin, format!("{held} is taken in here"));
            }
            return self.out.problems.push(error);
        }
        if self.way.len() >= MAX_DEPTH {
            let error = format!("files take each other in more than {MAX_DEPTH} deep");
            return self
                .out
                .problems
                .push(Diagnostic::error(&path.origin, error));
        }
        let dialect = self.dialect;
        let read = self
            .loader
            .node(&place, &path.origin)
            .and_then(|node| FragmentDocument::read(&node, dialect));
        match read {
            Ok(fragment) => {
                self.way.push((Arc::clone(&place), path.origin.clone()));
                self.list(&fragment.modules, &place);
                self.way.pop();
            }
            Err(problems) => self.out.problems.extend(problems),
        }
    }

    /// Reads one entry that makes a step.
    fn entry(&mut self, written: &Written) {
        let mut entry = Entry {
            label: label(&written.kind),
            origin: written.origin.clone(),
            proposals: Vec::new(),
            actions: Vec::new(),
            finish: BTreeSet::new(),
            unbuilt: Vec::new(),
        };
        let before = self.out.problems.len();
        self.step(written, &mut entry, 0);
        if self.out.problems.len() == before {
            self.out.entries.push(entry);
        }
    }

    /// Adds what an entry demands to a step; layers add all that they nest.
    fn step(&mut self, written: &Written, entry: &mut Entry, depth: usize) {
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
            EntryKind::Layer { name, with } => {
                self.layer(name, with, (entry, rendered.overrides), depth);
            }
            EntryKind::FromFile(path) => self.out.problems.push(
                Diagnostic::error(&path.origin, "a layer cannot take entries of a file in")
                    .hint("nest another layer instead"),
            ),
        }
    }

    fn module(
        &mut self,
        written: &Written,
        (name, version): (&Sourced<String>, Option<&Sourced<String>>),
        entry: &mut Entry,
    ) {
        if let Some(source) = &written.source {
            let what = format!("{} from {}", name.value, source.value);
            if source.value == "local" && !self.has_module(&name.value) {
                self.out.problems.push(
                    Diagnostic::error(
                        &name.origin,
                        format!("there is no local module `{}`", name.value),
                    )
                    .hint(format!(
                        "a local module is a script {}/{1}/{1}.sh, .nu or .bash",
                        self.modules, name.value
                    )),
                );
            }
            return self.unbuilt(entry, Sourced::new(what, name.origin.clone()));
        }
        let reader = ByName {
            name: &name.value,
            version: version.map(|version| version.value.as_str()),
            dialect: self.dialect,
        };
        match decode_with(&written.rest, &reader) {
            Err(problems) => self.out.problems.extend(problems),
            Ok(Some(Config::Module(module))) => self.compile(&module, written, entry),
            Ok(Some(Config::Unbuilt)) => self.unbuilt(entry, name.clone()),
            Ok(None) if self.has_module(&name.value) => {
                self.out.notes.push(
                    Diagnostic::warning(
                        &name.origin,
                        format!("`{}` is taken for a local module", name.value),
                    )
                    .hint("say `source: local`"),
                );
                self.unbuilt(
                    entry,
                    Sourced::new(format!("{} from local", name.value), name.origin.clone()),
                );
            }
            Ok(None) => self.out.problems.push(self.unknown(name)),
        }
    }

    fn has_module(&self, name: &str) -> bool {
        !name.contains(['/', '\0']) && self.loader.root.join(&self.modules).join(name).is_dir()
    }

    fn unbuilt(&mut self, entry: &mut Entry, name: Sourced<String>) {
        self.out.notes.push(
            Diagnostic::warning(
                &name.origin,
                format!("module `{}` is valid, but cannot be built yet", name.value),
            )
            .hint("plan and build stop here; see docs/bluebuild.md for what is built"),
        );
        entry.unbuilt.push(name);
    }

    fn unknown(&self, name: &Sourced<String>) -> Diagnostic {
        let known = Module::names(self.dialect)
            .iter()
            .chain(bluebuild::names())
            .copied();
        let error = Diagnostic::error(
            &name.origin,
            format!("there is no module type `{}`", name.value),
        );
        match did_you_mean(&name.value, known.clone()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => {
                let mut known: Vec<&str> = known.collect();
                known.sort_unstable();
                error.hint(format!(
                    "known types: {}; for one of your own say `source: local`",
                    known.join(", ")
                ))
            }
        }
    }

    fn compile(&mut self, module: &Module, written: &Written, entry: &mut Entry) {
        let inputs = DiskInputs {
            root: &self.loader.root,
            base: self.base,
            scope: &self.scope,
        };
        let around = Surroundings {
            dialect: self.dialect,
            origin: &written.origin,
            inputs: &inputs,
            image: self.image.as_deref(),
            name: &self.name,
        };
        match module.compile(&around) {
            Ok(compiled) => self.add(compiled, written.overrides, entry),
            Err(problems) => self.out.problems.extend(problems),
        }
    }

    fn add(&mut self, compiled: Compiled, overrides: bool, entry: &mut Entry) {
        let Compiled {
            settings,
            actions,
            finish,
            warnings,
        } = compiled;
        entry.proposals.extend(
            settings
                .into_iter()
                .map(|setting| proposal(setting, &[], overrides)),
        );
        entry.actions.extend(actions);
        entry.finish.extend::<Vec<FinishRequest>>(finish);
        self.out.notes.extend(warnings);
    }

    fn layer(
        &mut self,
        name: &Sourced<String>,
        with: &Node,
        (entry, overrides): (&mut Entry, bool),
        depth: usize,
    ) {
        if depth >= MAX_DEPTH {
            let error = format!("layers nest each other more than {MAX_DEPTH} deep");
            return self
                .out
                .problems
                .push(Diagnostic::error(&name.origin, error).hint("one of them nests itself"));
        }
        let read = self.loader.layer(name).and_then(|document| {
            let with = (!with.is_null()).then_some(with);
            let values = document.check(with, &name.origin)?;
            document.instantiate(&values, &self.scope)
        });
        let instance = match read {
            Ok(instance) => instance,
            Err(problems) => return self.out.problems.extend(problems),
        };
        for undecided in &instance.undecided {
            self.out.notes.push(undecided.diagnostic(&name.origin));
        }
        for demand in &instance.controls {
            self.demand(demand, overrides, entry);
        }
        for node in &instance.modules {
            match crate::yaml::decode::<Written>(node) {
                Ok(mut nested) => {
                    nested.overrides |= overrides;
                    let before = self.scope.clone();
                    self.scope.extend(instance.scope.clone());
                    self.nested(&nested, entry, depth + 1);
                    self.scope = before;
                }
                Err(problems) => self.out.problems.extend(problems),
            }
        }
    }

    /// Adds an entry of a layer, which the layer has rendered already.
    fn nested(&mut self, nested: &Written, entry: &mut Entry, depth: usize) {
        match &nested.kind {
            EntryKind::Module { name, version } => {
                self.module(nested, (name, version.as_ref()), entry);
            }
            _ => self.step(nested, entry, depth),
        }
    }

    fn demand(&mut self, demand: &Demand, overrides: bool, entry: &mut Entry) {
        let inputs = DiskInputs {
            root: &self.loader.root,
            base: self.base,
            scope: &self.scope,
        };
        let controls: Vec<String> = demand.ids.iter().map(|id| id.as_str().to_owned()).collect();
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

fn proposal(setting: Setting, controls: &[String], overrides: bool) -> Proposal {
    Proposal {
        setting,
        controls: controls.to_vec(),
        overrides,
    }
}

/// The name of a step: what its entry says it is.
fn label(kind: &EntryKind) -> String {
    match kind {
        EntryKind::Module {
            name,
            version: None,
        } => name.value.clone(),
        EntryKind::Module {
            name,
            version: Some(version),
        } => format!("{}@{}", name.value, version.value),
        EntryKind::Layer { name, .. } => format!("layer {}", name.value),
        EntryKind::FromFile(path) => format!("from-file {}", path.value),
    }
}
