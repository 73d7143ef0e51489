//! Files of the repository that a step reads.

use std::path::PathBuf;

use serde::Serialize;

use crate::oci::Digest;

/// A file of the repository that a step reads.
///
/// Only what is serialised here is part of a step's key: never where the checkout lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Path relative to the repository root, with forward slashes.
    pub path: String,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// Whether its owner may execute it; the other permission bits of a checkout are not looked at.
    pub executable: bool,
    /// Size in bytes.
    #[serde(skip)]
    pub size: u64,
    /// Where it can be read on this machine.
    #[serde(skip)]
    pub file: PathBuf,
}
