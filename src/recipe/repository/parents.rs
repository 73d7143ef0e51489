//! What is known of parents that are not recipes of the repository.

use std::sync::Arc;

use crate::module::ImageConfig;
use crate::oci::Platform;
use crate::recipe::flavour::facts::Facts;
use crate::recipe::flavour::record::Record;
use crate::recipe::flavour::resolved::Base;

/// What is known of a parent that is not a recipe of the repository.
#[derive(Clone, Debug)]
pub struct Known {
    /// The distribution's facts.
    pub facts: Facts,
    /// Its record, if terroir built it.
    pub record: Option<Arc<Record>>,
    /// What instructions find of its config; none when that is not known.
    pub config: Option<ImageConfig>,
    /// The instructions that its config asks those to follow who build on it (`ONBUILD`).
    pub triggers: Vec<String>,
}

/// Why nothing can be known of a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What is wrong.
    pub why: String,
    /// Whether the world is at fault, not the recipe.
    pub outside: bool,
}

/// Access to what is known of parents outside of the repository.
pub trait Parents: Sync {
    /// What is known of a base for a platform; none when nothing is known and nothing may be fetched.
    fn known(&self, base: &Base, platform: &Platform) -> Result<Option<Known>, Unusable>;

    /// What instructions find of a base's config, of which nothing else is needed; none as above.
    fn config(&self, base: &Base, platform: &Platform) -> Result<Option<ImageConfig>, Unusable>;
}
