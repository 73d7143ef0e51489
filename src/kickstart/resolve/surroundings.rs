//! Facts from outside the inventory: flavours, files, and which secrets are absent.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kickstart::model::flavour::FlavourFacts;

/// What is known of the world around an inventory.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Of each flavour that the inventory names: its facts, none where nothing can be known, or what
    /// is wrong with it.
    pub flavours: BTreeMap<String, Result<Option<Arc<FlavourFacts>>, String>>,
    /// The text of each file that the inventory names, or why it cannot be read.
    pub files: BTreeMap<String, Result<String, String>>,
    /// Why a file that a secret comes from cannot be read, by its path.
    pub absent_secrets: BTreeMap<String, String>,
    /// Whether secrets are needed now, and not when machines ask for them.
    pub needs_secrets: bool,
}
