//! Stages as written: other images, to copy from.

use schemars::JsonSchema;
use serde::Deserialize;

use super::entry::{Entry, EntryKind};
use super::platform::Platform;
use super::text::Texts;
use crate::origin::Sourced;

/// One entry of `stages:`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenStage")]
pub(crate) enum StageEntry {
    /// A stage.
    Stage(Stage),
    /// `from-file: PATH`: the stages of another file stand here.
    FromFile(Sourced<String>),
}

/// Another image that is built, to copy from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The name under which modules copy from it.
    pub name: Sourced<String>,
    /// The image that it derives from, or `scratch`.
    pub from: Sourced<String>,
    /// The platform that it is built for; the image's own when absent.
    pub platform: Option<Sourced<Platform>>,
    /// The shell that runs its commands.
    pub shell: Option<Texts>,
    /// What is done, in this order.
    pub modules: Vec<Entry>,
}

/// Another image that is built, or a file of such images.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenStage {
    /// A file whose stages stand here; alone in its entry.
    from_file: Option<Sourced<String>>,
    /// The name under which modules copy from it.
    name: Option<Sourced<String>>,
    /// The image that it derives from, or `scratch`.
    from: Option<Sourced<String>>,
    /// The platform that it is built for.
    platform: Option<Sourced<Platform>>,
    /// The shell that runs its commands.
    shell: Option<Texts>,
    /// What is done, in this order.
    modules: Option<Vec<Entry>>,
}

impl TryFrom<WrittenStage> for StageEntry {
    type Error = String;

    fn try_from(written: WrittenStage) -> Result<Self, String> {
        let alone = written.name.is_none()
            && written.from.is_none()
            && written.platform.is_none()
            && written.shell.is_none()
            && written.modules.is_none();
        match written.from_file {
            Some(path) if alone => return Ok(Self::FromFile(path)),
            Some(_) => return Err("`from-file` must stand alone in its entry".to_owned()),
            None => {}
        }
        let missing = |key: &str| format!("a stage needs `{key}`");
        Ok(Self::Stage(Stage {
            name: written.name.ok_or_else(|| missing("name"))?,
            from: written.from.ok_or_else(|| missing("from"))?,
            platform: written.platform,
            shell: written.shell,
            modules: written.modules.ok_or_else(|| missing("modules"))?,
        }))
    }
}

impl StageEntry {
    /// The stage entry that a `from-file` among modules would be among stages.
    pub(super) fn from_file(entry: &Entry) -> Option<Self> {
        match &entry.kind {
            EntryKind::FromFile(path) => Some(Self::FromFile(path.clone())),
            _ => None,
        }
    }
}

written_as!(StageEntry, WrittenStage);
