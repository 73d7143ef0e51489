//! One pass over the entries of a recipe: what it knows, and what it has read so far.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::run::Run;
use crate::module::{Dialect, ImageConfig};
use crate::oci::{Platform, platform_name};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::recipe::ancestry::inheritance::Inheritance;
use crate::recipe::claims::chain::Proposal;
use crate::recipe::flavour::expectation::Expectation;
use crate::recipe::flavour::facts::Facts;
use crate::recipe::flavour::record::Layers;
use crate::recipe::flavour::resolved::Entry;
use crate::recipe::repository::documents::Repository;
use crate::recipe::repository::inputs::Base;
use crate::setting::Setting;
use crate::yaml::Scope;

/// What was read of a list of entries.
#[derive(Debug, Default)]
pub(in crate::recipe) struct Read {
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
    pub(in crate::recipe) fn config(&self) -> ImageConfig {
        let mut config = ImageConfig::default();
        for entry in &self.entries {
            config.merge(&entry.config);
        }
        config
    }
}

/// One pass over the entries of a recipe, which goes on after an error to find the others.
pub(in crate::recipe) struct Reading<'l, 'a> {
    pub(in crate::recipe) repository: &'l mut Repository<'a>,
    pub(in crate::recipe) recipe: Arc<str>,
    pub(in crate::recipe) dialect: Dialect,
    /// What templates of the recipe see.
    pub(in crate::recipe) scope: Scope,
    /// What file contents of the layer that is being read see.
    pub(in crate::recipe) layer_scope: Option<Scope>,
    /// Whether only types are checked, since nothing is known of the parent.
    pub(in crate::recipe) shape_only: bool,
    /// What paths are relative to.
    pub base: Base<'l>,
    /// What those of the module `files` are relative to, where that is something else.
    pub copied: Option<Base<'l>>,
    /// Where `from-file` looks; the including file's own folder when absent.
    pub fragments: Option<String>,
    /// What commands know, and where their files lie.
    pub run: Run,
    /// Whether the entries are those of a stage, of whose base nothing is known.
    pub(in crate::recipe) foreign: bool,
    /// Where the flavour is published, without a tag.
    pub image: Option<String>,
    /// The flavour's name.
    pub name: String,
    /// What is known of the distribution.
    pub facts: Option<Facts>,
    pub(in crate::recipe) way: Vec<(Arc<str>, Origin)>,
    /// The layers that are being read, the outermost first.
    pub(in crate::recipe) layers: Vec<Sourced<String>>,
    pub(in crate::recipe) out: Read,
}

impl<'l, 'a> Reading<'l, 'a> {
    /// Starts to read the entries of a recipe.
    pub(in crate::recipe) fn new(
        repository: &'l mut Repository<'a>,
        recipe: Arc<str>,
        dialect: Dialect,
        scope: Scope,
    ) -> Self {
        Self {
            repository,
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

    /// Takes in what is known of the root that the entries change.
    pub(in crate::recipe) fn told(
        &mut self,
        platform: &Platform,
        base: String,
        above: &Inheritance,
    ) {
        let facts = above.facts.as_ref();
        self.run.config.clone_from(&above.config.config);
        self.run.config_is_open = above.config.is_open;
        self.run.platform = platform_name(platform);
        self.run.base = base;
        self.facts = facts.cloned();
        self.run.version_id = facts
            .map(|facts| facts.version_id.clone())
            .unwrap_or_default();
    }

    pub(in crate::recipe) fn empty(&self, label: String, origin: &Origin) -> Entry {
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
}

pub(in crate::recipe) fn proposal(
    setting: Setting,
    controls: &[String],
    overrides: bool,
) -> Proposal {
    Proposal {
        setting,
        controls: controls.to_vec(),
        overrides,
    }
}
