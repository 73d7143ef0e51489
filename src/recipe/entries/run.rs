//! What commands of a recipe know, and where their files lie.

use crate::module::{ImageConfig, RunFacts};

/// What commands of a recipe know, and where their files lie.
#[derive(Clone, Debug)]
pub(in crate::recipe) struct Run {
    /// Folder of the project below the repository root.
    pub project: String,
    /// Folder of files for local modules, from the repository root.
    pub files: String,
    /// Folder of local modules, from the repository root.
    pub modules: String,
    /// Folder of Containerfiles by name, from the repository root.
    pub containerfiles: String,
    /// What is built for.
    pub platform: String,
    /// What the flavour derives from, as written.
    pub base: String,
    /// os-release(5) `VERSION_ID` of the root, if known.
    pub version_id: String,
    /// The names of all stages.
    pub stages: Vec<String>,
    /// The shell of Containerfile instructions.
    pub shell: Vec<String>,
    /// What the base and the entries so far say of variables, user, directory and shell.
    pub config: ImageConfig,
    /// Whether the base may say more of it.
    pub config_is_open: bool,
    /// Why that cannot be had, so that what depends on it cannot be built.
    pub config_is_lost: Option<String>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            project: String::new(),
            files: "files".to_owned(),
            modules: "modules".to_owned(),
            containerfiles: "containerfiles".to_owned(),
            platform: String::new(),
            base: String::new(),
            version_id: String::new(),
            stages: Vec::new(),
            shell: Vec::new(),
            config: ImageConfig::default(),
            config_is_open: false,
            config_is_lost: None,
        }
    }
}

impl Run {
    pub(in crate::recipe) fn facts<'a>(&'a self, recipe: &'a str) -> RunFacts<'a> {
        RunFacts {
            project: &self.project,
            files: &self.files,
            modules: &self.modules,
            containerfiles: &self.containerfiles,
            platform: &self.platform,
            base: &self.base,
            recipe,
            version_id: &self.version_id,
            stages: &self.stages,
            shell: &self.shell,
            config: Some(&self.config),
            config_is_open: self.config_is_open,
        }
    }
}
