//! A flavour: a recipe with its whole ancestry resolved, for one platform.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::expectation::Expectation;
use super::facts::Facts;
use super::record::{Ancestor, Layers};
use crate::action::{Action, LifeCycle};
use crate::module::{FinishRequest, ImageConfig};
use crate::oci::Platform;
use crate::origin::{Diagnostic, Origin, Sourced, Tier};
use crate::package::Bootstrap;
use crate::recipe::claims::chain::{Claims, Exception, Mandatory, Proposal};

/// What an image derives from when it is not a recipe of the same repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// A published image, `registry/name:tag[@digest]`.
    Image(String),
    /// An OCI layout on this machine, with the tag in it.
    Layout {
        /// The folder.
        path: std::path::PathBuf,
        /// `org.opencontainers.image.ref.name`; the only image when absent.
        tag: Option<String>,
    },
    /// An OCI archive on this machine.
    Archive(std::path::PathBuf),
    /// Packages of a distribution.
    Bootstrap(Bootstrap),
    /// Nothing.
    Scratch,
}

impl Base {
    /// The base as a platform has it: what is made from packages is made for its architecture.
    #[must_use]
    pub fn on(&self, platform: &Platform) -> Self {
        let mut base = self.clone();
        if let Self::Bootstrap(bootstrap) = &mut base {
            bootstrap.architecture = platform.architecture().to_string();
        }
        base
    }

    /// The base in the words of a recipe.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Image(reference) => reference.clone(),
            Self::Layout { path, tag } => {
                let tag = tag
                    .as_ref()
                    .map(|tag| format!(":{tag}"))
                    .unwrap_or_default();
                format!("oci:{}{tag}", path.display())
            }
            Self::Archive(path) => format!("oci-archive:{}", path.display()),
            Self::Bootstrap(bootstrap) => format!("{} {}", bootstrap.distribution, bootstrap.suite),
            Self::Scratch => "scratch".to_owned(),
        }
    }
}

/// The parent of a flavour.
#[derive(Clone, Debug)]
pub enum Parent {
    /// Another recipe of the repository, built first.
    Flavour(Arc<Flavour>),
    /// Something that exists or is made from packages.
    Base(Sourced<Base>),
}

impl Parent {
    /// What it is called by those who get it.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Flavour(flavour) => flavour.reference(),
            Self::Base(base) => base.describe(),
        }
    }
}

/// Where a flavour is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// `registry/repository`.
    pub image: String,
    /// Tags; `latest` when none is stated.
    pub tags: Vec<String>,
}

/// What instructions find of the config of their base.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inherited {
    /// Variables, user, directory and shell.
    pub config: ImageConfig,
    /// Whether it may say more than is known.
    pub is_open: bool,
}

impl From<Option<ImageConfig>> for Inherited {
    fn from(known: Option<ImageConfig>) -> Self {
        Self {
            is_open: known.is_none(),
            config: known.unwrap_or_default(),
        }
    }
}

impl Inherited {
    /// The same with changes over it.
    #[must_use]
    pub fn under(&self, changes: &ImageConfig) -> Self {
        let mut over = self.clone();
        over.config.merge(&changes.started());
        over
    }
}

/// One entry of a recipe: one step, one layer, one line of history.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is, for people: `layer sysctl`, `files` …
    pub label: String,
    /// Where it is written.
    pub origin: Origin,
    /// The settings that it proposes.
    pub proposals: Vec<Proposal>,
    /// What it does besides.
    pub actions: Vec<Action>,
    /// Whether it runs again even when nothing changed.
    pub no_cache: bool,
    /// What it changes of the image's configuration.
    pub config: ImageConfig,
    /// What it asks of the finish phase.
    pub finish: BTreeSet<FinishRequest>,
    /// The module types in it that cannot be built yet, with their places.
    pub unbuilt: Vec<Sourced<String>>,
}

/// Another root of the same recipe, from which entries copy.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name.
    pub name: Sourced<String>,
    /// What it starts from.
    pub from: Sourced<StageBase>,
    /// What it is built for.
    pub platform: Platform,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The settings of what it starts from, as far as that is this recipe's own.
    pub inherited: Claims,
    /// All settings.
    pub claims: Claims,
}

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageBase {
    /// Another stage of the recipe, which stands before it.
    Stage(String),
    /// What the flavour itself derives from.
    Parent,
    /// Anything else.
    Base(Base),
}

/// The audit that a finished image has to pass.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditGate {
    /// The benchmark; that of the distribution when absent.
    pub benchmark: Option<String>,
    /// The level up to which controls count.
    pub level: u8,
    /// Whether the machine is a workstation, not a server.
    pub workstation: bool,
    /// The score that has to be reached, in percent.
    pub threshold: f64,
    /// Answers to the benchmark's choices.
    pub choose: BTreeMap<String, String>,
    /// Where it is asked for.
    pub origin: Origin,
}

impl AuditGate {
    /// Everything that decides its answer.
    #[must_use]
    pub fn key(&self) -> Value {
        serde_json::json!({
            "benchmark": self.benchmark, "level": self.level, "workstation": self.workstation,
            "threshold": self.threshold, "choose": self.choose,
        })
    }
}

/// A recipe with its whole ancestry resolved.
#[derive(Clone, Debug)]
pub struct Flavour {
    /// The image's name.
    pub name: String,
    /// One line for people.
    pub description: Option<String>,
    /// The flavour's own version.
    pub version: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The tier it speaks for.
    pub tier: Tier,
    /// The recipe file, relative to the repository root.
    pub recipe: Arc<str>,
    /// The platform that this resolution is for.
    pub platform: Platform,
    /// All platforms that the recipe names.
    pub platforms: Vec<Platform>,
    /// Labels of the image's config.
    pub labels: BTreeMap<String, String>,
    /// Where it is published.
    pub publish: Option<Publish>,
    /// What it derives from.
    pub parent: Parent,
    /// The distribution's facts, once known.
    pub facts: Option<Facts>,
    /// Variables, the ancestors' included.
    pub vars: BTreeMap<String, Value>,
    /// The recipe's stages, in an order in which each stands after those that it needs.
    pub stages: Vec<Stage>,
    /// What the recipe's own entries change of the image's configuration, merged in their order.
    pub config: ImageConfig,
    /// What its parent's config says of variables, user, directory and shell.
    pub inherited_config: Inherited,
    /// The recipe's own entries.
    pub entries: Vec<Entry>,
    /// The settings of the ancestors.
    pub inherited: Claims,
    /// All settings.
    pub claims: Claims,
    /// Whether a later entry wins without saying so.
    pub last_wins: bool,
    /// What flavours below may not weaken, the ancestors' rules included.
    pub mandatory: Vec<Mandatory>,
    /// Deviations, the ancestors' included.
    pub exceptions: Vec<Exception>,
    /// The options that layers with controls were used with, by the ancestors too.
    pub layers: Layers,
    /// What is expected of the finished tree, by the ancestors too.
    pub tests: Vec<Expectation>,
    /// The life cycle that its root gets, with the place that asks for it, or the parent that has it.
    pub life_cycle: Option<(LifeCycle, Origin)>,
    /// The audit that the image has to pass.
    pub audit: Option<AuditGate>,
    /// The ancestors and this flavour.
    pub ancestry: Vec<Ancestor>,
    /// What could not be checked, and warnings.
    pub notes: Vec<Diagnostic>,
}

impl Flavour {
    /// Where it is published, or its name: how others refer to it.
    #[must_use]
    pub fn reference(&self) -> String {
        match &self.publish {
            Some(publish) => {
                let tag = publish.tags.first().map_or("latest", String::as_str);
                format!("{}:{tag}", publish.image)
            }
            None => self.name.clone(),
        }
    }
}
