//! Where an installation works, and by what.

use std::path::PathBuf;
use std::sync::Arc;

use super::token::Token;
use crate::engine::Runner;
use crate::oci::Platform;
use crate::registry::Settings;
use crate::store::Store;

/// Takes a line about what is being done.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Where an installation works, and by what.
pub struct Work {
    /// Where layers go.
    pub store: Store,
    /// Whether the store is in memory.
    pub in_memory: bool,
    /// Who makes the disk.
    pub runner: Runner,
    /// How registries are reached, beside what the document says.
    pub settings: Settings,
    /// What the machine is.
    pub platform: Platform,
    /// The token with which secrets are asked for, where there is one.
    pub token: Option<Token>,
    /// The OCI layout of the medium, where there is one.
    pub images: Option<PathBuf>,
    /// Hears what is done.
    pub say: Say,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}
