//! A file of kargs.d, as bootc reads it: the one place that knows its keys.

use serde::{Deserialize, Serialize};

/// The folder of which bootc reads all `*.toml` by name.
pub const KARGS_FOLDER: &str = "/usr/lib/bootc/kargs.d";

/// A file; bootc allows no other keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KargsFile {
    /// The arguments in their order.
    pub kargs: Vec<String>,
    /// The architectures that they are for, as Rust names them; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_architectures: Option<Vec<String>>,
}

impl KargsFile {
    /// Reads a file; an error is a fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    /// Tells whether it is for an architecture (`x86_64`).
    #[must_use]
    pub fn is_for(&self, architecture: &str) -> bool {
        let only = self.match_architectures.as_ref();
        only.is_none_or(|only| only.iter().any(|one| one == architecture))
    }
}
