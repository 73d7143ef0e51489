//! What a module is compiled in, and what it compiles to.

use serde::{Deserialize, Serialize};

use super::image_config::ImageConfig;
use crate::action::{Action, LifeCycle};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::{Inputs, Setting};

/// The language that an entry is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// A file with `apiVersion: terroir/v1`.
    Native,
    /// A BlueBuild recipe.
    BlueBuild,
}

/// Everything beside its own configuration that decides what a module means.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The dialect of the file that holds the entry.
    pub dialect: Dialect,
    /// Where the entry stands.
    pub origin: &'a Origin,
    /// The files of the repository.
    pub inputs: &'a dyn Inputs,
    /// Reference that the flavour is published under, without tag or digest.
    pub image: Option<&'a str>,
    /// Name of the flavour.
    pub name: &'a str,
    /// What is known of the distribution.
    pub distribution: Distribution<'a>,
    /// The files of the repository by their path from its root.
    pub root: &'a dyn Inputs,
    /// What commands are told, and where their files lie.
    pub run: RunFacts<'a>,
}

/// What is known of the distribution of the parent; nothing before the parent is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distribution<'a> {
    /// Who shares package manager and file places: `debian`, `fedora`, `suse`, `alpine`, `arch`.
    pub family: Option<&'a str>,
    /// os-release(5) `ID`.
    pub id: Option<&'a str>,
    /// os-release(5) `VERSION_ID`.
    pub version_id: Option<&'a str>,
}

impl Surroundings<'_> {
    /// A file that an entry names: BlueBuild looks for it in a folder of `files/`, a native recipe
    /// has its path.
    pub(super) fn path_in(&self, folder: &str, name: &Sourced<String>) -> Sourced<String> {
        match self.dialect {
            Dialect::BlueBuild if !folder.is_empty() => {
                Sourced::new(format!("{folder}/{name}"), name.origin.clone())
            }
            _ => name.clone(),
        }
    }
}

/// What commands of an entry are told, and where their files lie in the repository.
///
/// Nothing that is empty here is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunFacts<'a> {
    /// Folder of the project below the repository root: what a Containerfile copies from.
    pub project: &'a str,
    /// Folder that appears whole to local modules, from the repository root.
    pub files: &'a str,
    /// Folder of local modules, from the repository root.
    pub modules: &'a str,
    /// Folder of Containerfiles by name, from the repository root.
    pub containerfiles: &'a str,
    /// What is built for: `linux/amd64`, `linux/arm64/v8` …
    pub platform: &'a str,
    /// What the flavour derives from, as the recipe writes it.
    pub base: &'a str,
    /// The recipe file, from the repository root.
    pub recipe: &'a str,
    /// os-release(5) `VERSION_ID` of the root that the entry changes.
    pub version_id: &'a str,
    /// The names of the recipe's stages.
    pub stages: &'a [String],
    /// The shell of Containerfile instructions; `/bin/sh -c` when empty.
    pub shell: &'a [String],
    /// What the base and earlier entries say of variables, user, directory and shell.
    pub config: Option<&'a ImageConfig>,
    /// Whether the base may say more of it than is known.
    pub config_is_open: bool,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("dialect", &self.dialect)
            .field("origin", &self.origin)
            .field("image", &self.image)
            .field("name", &self.name)
            .field("distribution", &self.distribution)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

/// What one module demands of the root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compiled {
    /// Settings, in the order in which they were written.
    pub settings: Vec<Setting>,
    /// Actions, in the order in which they are to be executed.
    pub actions: Vec<Action>,
    /// What has to be done once, after all entries.
    pub finish: Vec<FinishRequest>,
    /// What it changes of the image's configuration.
    pub config: ImageConfig,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
    /// Why it cannot be said yet what the module demands: a fact of the parent is not known.
    pub undecided: Option<Diagnostic>,
    /// Whether it depends on the base's configuration: what it demands is only known with that.
    pub asks_config: bool,
}

/// Work that is done once for a flavour, after its content; a closed set, in the order of doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishRequest {
    /// The certificate stores are made again from their anchors.
    TrustStore,
    /// The initramfs of every kernel is made again.
    Initramfs,
    /// Machines make SSH host keys of their own when they first start: an image has none.
    HostKeys,
    /// The root becomes one that boots and is updated in that way.
    Shape(LifeCycle),
}

impl FinishRequest {
    /// The life cycle that the root gets by it.
    #[must_use]
    pub fn life_cycle(&self) -> Option<LifeCycle> {
        match self {
            Self::Shape(life_cycle) => Some(*life_cycle),
            _ => None,
        }
    }
}
