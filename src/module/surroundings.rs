//! What a module is compiled in, and what it compiles to.

use serde::{Deserialize, Serialize};

use super::entry::Dialect;
use crate::action::Action;
use crate::origin::{Diagnostic, Origin};
use crate::setting::{Inputs, Setting};

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
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings")
            .field("dialect", &self.dialect)
            .field("origin", &self.origin)
            .field("image", &self.image)
            .field("name", &self.name)
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
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
}

/// Work that is done once for a flavour, after its content; a closed set, in the order of doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishRequest {
    /// The certificate stores are made again from their anchors.
    TrustStore,
}
