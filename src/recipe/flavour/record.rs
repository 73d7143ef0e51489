//! The flavour record: what travels with an image so that others can derive from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::expectation::Expectation;
use super::facts::Facts;
use crate::module::FinishRequest;
use crate::oci::sorted_json;
use crate::origin::Tier;
use crate::path::TreePath;
use crate::recipe::claims::chain::{Claims, Exception, Mandatory};
use crate::setting::{Scope, UnitInstall, UnitName, unit_directories};

/// The format that this terroir writes: 3, in which the finish may be a shape; kernel arguments are
/// lists since 2.
pub const FORMAT: u32 = 3;

/// Where the record lies in a root.
pub const RECORD_PATH: &str = "/usr/lib/terroir/flavour.json";

/// Where the directory table lies in a root.
pub const TABLE_PATH: &str = "/usr/lib/terroir/directories";

/// The config label that holds the diff ID of the record layer.
pub const RECORD_LABEL: &str = "io.terroir.record";

/// Largest record or table that is read, in bytes; the record of a full server is below 1 MiB.
pub const MAX_RECORD: u64 = 32 << 20;

/// Why a record is not believed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not the JSON that it should be.
    #[error("the flavour record is damaged or was tampered with: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a newer terroir.
    #[error("the flavour record has format {0}, this terroir reads up to {FORMAT}; update terroir")]
    Newer(u32),
    /// Something in it that no terroir writes.
    #[error("the flavour record is not valid: {0}")]
    Value(String),
}

/// One flavour of an ancestry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ancestor {
    /// The flavour's name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Its version, if it states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The recipe file, relative to its repository.
    pub recipe: String,
}

/// The first format that has the texts of all files by which programs are configured.
pub const FORMAT_WITH_CONFIGURATION: u32 = 2;

/// The text and metadata of a file that settings edit, or that decides what they are worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileText {
    /// The whole text.
    pub text: String,
    /// Permission bits.
    pub mode: u32,
    /// Owning user.
    pub uid: u32,
    /// Owning group.
    pub gid: u32,
    /// Extended attributes by full name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Unit files, as far as their `[Install]` sections matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Units {
    /// Unit files by path; shared until one of the holders changes them.
    pub files: Arc<BTreeMap<TreePath, UnitInstall>>,
    /// Texts of drop-ins that have an `[Install]` section, by path.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub drop_ins: Arc<BTreeMap<TreePath, String>>,
}

impl Units {
    /// Tells whether a path is one at which units or their drop-ins lie.
    #[must_use]
    pub fn is_place(path: &TreePath) -> bool {
        place(path).is_some()
    }

    /// Takes the text of a file at such a place in.
    pub fn read(&mut self, path: &TreePath, text: &str) {
        match place(path) {
            Some(Place::Unit) => {
                Arc::make_mut(&mut self.files)
                    .insert(path.clone(), UnitInstall::parse(path.clone(), text));
            }
            Some(Place::DropIn) if text.contains("[Install]") => {
                Arc::make_mut(&mut self.drop_ins).insert(path.clone(), text.to_owned());
            }
            _ => {}
        }
    }

    /// Forgets whatever lies at or below a path.
    pub fn forget(&mut self, path: &TreePath) {
        forget(&mut self.files, path);
        forget(&mut self.drop_ins, path);
    }
}

fn forget<T: Clone>(held: &mut Arc<BTreeMap<TreePath, T>>, path: &TreePath) {
    // Only what may lie there is looked at: a layer has many more files than units.
    let first = path.join(b"\x01").unwrap_or_else(|_| path.clone());
    let below = held.range(first..).map(|(held, _)| held);
    let mut gone: Vec<TreePath> = below
        .take_while(|held| held.starts_with(path))
        .cloned()
        .collect();
    gone.extend(held.contains_key(path).then(|| path.clone()));
    if !gone.is_empty() {
        let held = Arc::make_mut(held);
        gone.iter().for_each(|path| drop(held.remove(path)));
    }
}

fn is_empty<T>(held: &Arc<BTreeMap<TreePath, T>>) -> bool {
    held.is_empty()
}

enum Place {
    Unit,
    DropIn,
}

/// What a path is to systemd (systemd.unit(5), unit file load path).
fn place(path: &TreePath) -> Option<Place> {
    let text = std::str::from_utf8(path.as_bytes()).ok()?;
    let below = [Scope::System, Scope::User]
        .into_iter()
        .flat_map(unit_directories)
        .find_map(|folder| {
            text.strip_prefix(folder.trim_start_matches('/'))?
                .strip_prefix('/')
        })?;
    match below.split_once('/') {
        None => UnitName::parse(below).map(|_| Place::Unit),
        Some((folder, name)) if folder.ends_with(".d") && name.ends_with(".conf") => {
            Some(Place::DropIn)
        }
        Some(_) => None,
    }
}

/// The options that layers with controls were used with, by layer; the latest use counts.
pub type Layers = BTreeMap<String, BTreeMap<String, Value>>;

/// What is known of an image besides its layers and directories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// The format's number.
    pub format: u32,
    /// The flavours from the first to this one.
    pub ancestry: Vec<Ancestor>,
    /// Where this flavour is published (`registry/name:tag`), or its name.
    pub reference: String,
    /// The distribution's facts.
    pub facts: Facts,
    /// Variables that recipes below see.
    #[serde(default)]
    pub vars: BTreeMap<String, Value>,
    /// All settings with their chains.
    pub settings: Claims,
    /// What flavours below may not weaken.
    #[serde(default)]
    pub mandatory: Vec<Mandatory>,
    /// Deviations that are stated.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// The options that layers with controls were used with, by layer; since format 2.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub layers: Layers,
    /// What is expected of the finished tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Expectation>,
    /// What the finish phase did.
    #[serde(default)]
    pub finish: BTreeSet<FinishRequest>,
    /// The root's os-release text.
    pub os_release: String,
    /// Units and their `[Install]` sections.
    pub units: Units,
    /// Files that settings edit, as they stand.
    #[serde(default)]
    pub texts: BTreeMap<TreePath, FileText>,
    /// Creation date that flavours below inherit, in seconds since 1970.
    pub epoch: u64,
}

impl Record {
    /// The bytes of `flavour.json`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        sorted_json(self)
    }

    /// Reads a record as input from outside.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let value: Value = serde_json::from_slice(bytes)?;
        let format = value
            .get("format")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let format = u32::try_from(format).unwrap_or(u32::MAX);
        if format > FORMAT {
            return Err(RecordError::Newer(format));
        }
        if format == 0 {
            return Err(RecordError::Value("it states no format".into()));
        }
        let mut record: Self = serde_json::from_value(value)?;
        if format == 1 {
            record.settings.read_first_format();
            record.format = FORMAT;
        }
        if let Some(wrong) = record.settings.wrong_kernel_arguments() {
            return Err(RecordError::Value(wrong));
        }
        if let Some((key, _)) = record.settings.iter().find(|(_, chain)| chain.is_empty()) {
            return Err(RecordError::Value(format!("nobody sets {key}")));
        }
        if let Some((path, _)) = record.texts.iter().find(|(_, text)| text.mode > 0o7777) {
            return Err(RecordError::Value(format!("{path} has no valid mode")));
        }
        if record.ancestry.is_empty() {
            return Err(RecordError::Value("it names no flavour".into()));
        }
        Ok(record)
    }

    /// The flavour that the record describes.
    #[must_use]
    pub fn flavour(&self) -> &Ancestor {
        self.ancestry
            .last()
            .expect("parse and the builder refuse an empty ancestry")
    }
}
