//! Entries of `modules:` to steps: conditions, layers, fragments and modules.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::claims::Proposal;
use super::document::{Entry as Written, EntryKind, FragmentDocument, readable};
use super::expectation::Expectation;
use super::facts::Facts;
use super::flavour::Entry;
use super::inputs::{Base, DiskInputs};
use super::load::Loader;
use super::record::Layers;
use super::run::Run;
use crate::layer::FACTS;
use crate::module::{Checked, Compiled, Dialect, FinishRequest, ImageConfig, Module, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::Setting;
use crate::yaml::{Scope, condition, names, template_names};

/// Deepest nesting of `from-file`.
const MAX_DEPTH: usize = 32;

/// What was read of a list of entries.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The steps.
    pub entries: Vec<Entry>,
    /// What layers expect of the finished tree.
    pub tests: Vec<Expectation>,
    /// The options that layers with controls were used with.
    pub layers: Layers,
    /// The numbers of all controls of these layers.
    pub controls: BTreeSet<String>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// What could not be checked, and warnings.
    pub notes: Vec<Diagnostic>,
}

impl Read {
    /// What all entries change of the image's configuration.
    pub(super) fn config(&self) -> ImageConfig {
        let mut config = ImageConfig::default();
        for entry in &self.entries {
            config.merge(&entry.config);
        }
        config
    }
}

/// One pass over the entries of a recipe, which goes on after an error to find the others.
pub(super) struct Reading<'l, 'a> {
    pub(super) loader: &'l mut Loader<'a>,
    pub(super) recipe: Arc<str>,
    pub(super) dialect: Dialect,
    /// What templates of the recipe see.
    pub(super) scope: Scope,
    /// What file contents of the layer that is being read see.
    pub(super) layer_scope: Option<Scope>,
    /// Whether only types are checked, since nothing is known of the parent.
    shape_only: bool,
    /// What paths are relative to.
    pub base: Base<'l>,
    /// What those of the module `files` are relative to, where that is something else.
    pub copied: Option<Base<'l>>,
    /// Where `from-file` looks; the including file's own folder when absent.
    pub fragments: Option<String>,
    /// What commands are told, and where their files lie.
    pub run: Run,
    /// Whether the entries are those of a stage, of whose base nothing is known.
    pub(super) foreign: bool,
    /// Where the flavour is published, without a tag.
    pub image: Option<String>,
    /// The flavour's name.
    pub name: String,
    /// What is known of the distribution.
    pub facts: Option<Facts>,
    pub(super) way: Vec<(Arc<str>, Origin)>,
    /// The layers that are being read, the outermost first.
    pub(super) layers: Vec<Sourced<String>>,
    pub(super) out: Read,
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
            layer_scope: None,
            shape_only: false,
            base: Base::Folder("files"),
            copied: None,
            fragments: None,
            run: Run::default(),
            foreign: false,
            image: None,
            name: String::new(),
            facts: None,
            way: Vec::new(),
            layers: Vec::new(),
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

    /// Checks the types of all entries, whatever the parent and the variables will be.
    pub(super) fn shapes(mut self, entries: &[Written]) -> Vec<Diagnostic> {
        self.shape_only = true;
        self.entries(entries).problems
    }

    pub(super) fn list(&mut self, entries: &[Written], file: &Arc<str>) {
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

    /// Tells whether an entry counts; one whose facts are not known is checked and left out.
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
                        "nothing is known of what this stage starts from",
                    )
                    .labelled("asks for a fact of it")
                    .hint("facts are those of the recipe's own parent; write the value out"),
                );
                return false;
            }
            let place = match &entry.when {
                Some(when) if by_condition => &when.origin,
                _ => &entry.origin,
            };
            let message = match by_condition {
                true => "not known yet whether this entry counts",
                false => "not known yet what this entry says",
            };
            self.out.notes.push(
                Diagnostic::warning(place, message)
                    .labelled("asks for a fact of the parent")
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
        let node = match self.loader.node(&place, &path.origin) {
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

    pub(super) fn empty(&self, label: String, origin: &Origin) -> Entry {
        Entry {
            label,
            origin: origin.clone(),
            proposals: Vec::new(),
            actions: Vec::new(),
            no_cache: false,
            config: ImageConfig::default(),
            finish: BTreeSet::new(),
            unbuilt: Vec::new(),
        }
    }

    /// Adds what an entry demands to a step; layers add all that they nest.
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
            // Files are taken in before (see `list`).
            EntryKind::FromFile(_) => {}
        }
    }

    pub(super) fn module(
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
                        format!("`{}` is taken for a local module", name.value),
                    )
                    .hint("say `source: local`"),
                );
                self.local(written, (name, None), entry);
            }
            None => self.out.problems.push(self.unknown(name)),
        }
    }

    /// Adds what a module compiles to, given what it is compiled in.
    pub(super) fn compile(
        &mut self,
        written: &Written,
        name: &str,
        entry: &mut Entry,
        compile: &dyn Fn(&Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>>,
    ) {
        let base = self.copied.filter(|_| name == "files");
        let inputs = DiskInputs {
            root: &self.loader.root,
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

pub(super) fn proposal(setting: Setting, controls: &[String], overrides: bool) -> Proposal {
    Proposal {
        setting,
        controls: controls.to_vec(),
        overrides,
    }
}
