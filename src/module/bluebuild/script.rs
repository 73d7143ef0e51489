//! Modules that run or paste what the recipe says: `script`, `containerfile`, `copy`, `initramfs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::union::present;

/// Runs scripts and lines of shell while the image is built.
///
/// Scripts run first. Version 1 runs snippets with bash, version 2 with sh.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct Script {
    /// Files of `files/scripts` to run.
    #[serde(default)]
    scripts: Vec<String>,
    /// Lines of shell to run.
    #[serde(default)]
    snippets: Vec<String>,
}

/// Pastes Containerfile instructions into the build.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct Containerfile {
    /// Folders of `containerfiles/` whose Containerfile is pasted, before the snippets.
    #[serde(default)]
    containerfiles: Vec<String>,
    /// Instructions to paste.
    #[serde(default)]
    snippets: Vec<String>,
}

/// Copies from a stage, an image or the repository.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct Copy {
    /// The stage or image to copy from; the repository when absent.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "String")]
    from: Option<String>,
    /// The file or folder to copy.
    src: String,
    /// Where it is put.
    dest: String,
}

/// Makes the initramfs of every installed kernel anew.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(super) struct Initramfs {}
