//! Why a setting cannot be put into a root.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::Unexamined;
use super::kind::Kind;
use crate::origin::{Diagnostic, Origin};

/// A setting that the root does not allow, with its key; who calls adds where it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A stored value is not one of its kind.
    #[error("the value of {setting} cannot be read: {reason}")]
    Value {
        /// Key of the setting.
        setting: String,
        /// What the reader said.
        reason: String,
    },
    /// The root has no such unit.
    #[error("there is no unit {unit} in the image")]
    UnknownUnit {
        /// Key of the setting.
        setting: String,
        /// The unit as written.
        unit: String,
        /// A unit of the root with nearly that name.
        meant: Option<String>,
    },
    /// The unit has no `[Install]` section.
    #[error("{unit} cannot be enabled: it has no [Install] section")]
    Static {
        /// Key of the setting.
        setting: String,
        /// The unit.
        unit: String,
    },
    /// A template is enabled without an instance and has no default one.
    #[error("{unit} is a template without a default instance, and {target} is not an instance")]
    NeedsInstance {
        /// Key of the setting.
        setting: String,
        /// The template.
        unit: String,
        /// What wants it.
        target: String,
    },
    /// Another unit has the alias already.
    #[error("the alias {alias} of {unit} already stands for {other}")]
    AliasTaken {
        /// Key of the setting.
        setting: String,
        /// The unit to be enabled.
        unit: String,
        /// The alias that it asks for.
        alias: String,
        /// Where the alias points now.
        other: String,
    },
    /// The `[Install]` section of the unit asks for something impossible.
    #[error("the [Install] section of {unit} is wrong: {reason}")]
    Install {
        /// Key of the setting.
        setting: String,
        /// The unit.
        unit: String,
        /// What is wrong in it.
        reason: String,
    },
    /// The unit to be masked is itself a file where the mask would stand.
    #[error("{unit} cannot be masked: the unit itself lies at {path}")]
    UnitInTheWay {
        /// Key of the setting.
        setting: String,
        /// The unit.
        unit: String,
        /// Where it lies.
        path: String,
    },
    /// The file to be edited does not exist.
    #[error("{path} does not exist in the image, so no value in it can be changed")]
    MissingFile {
        /// Key of the setting.
        setting: String,
        /// The file.
        path: String,
    },
    /// The file to be edited cannot be read as text.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// Key of the setting.
        setting: String,
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Two settings edit one file in two styles.
    #[error("{path} is edited in two styles: {style} here and {other} by {by}")]
    Styles {
        /// Key of the setting.
        setting: String,
        /// The file.
        path: String,
        /// The style of this setting.
        style: String,
        /// The other style.
        other: String,
        /// Key of the setting that uses the other style.
        by: String,
    },
    /// The path of a file setting is a directory of the root.
    #[error("{path} is a directory of the image, not a file")]
    Directory {
        /// Key of the setting.
        setting: String,
        /// The path.
        path: String,
    },
    /// Two spellings of one kernel module disagree.
    #[error("{setting} and {other} are the same kernel module with different states")]
    Spelling {
        /// Key of the setting.
        setting: String,
        /// Key of the other spelling.
        other: String,
    },
    /// The root has not what the setting needs.
    #[error("{reason}")]
    Root {
        /// Key of the setting.
        setting: String,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        hint: String,
    },
}

impl Refusal {
    /// The key of the setting that is refused.
    #[must_use]
    pub fn setting(&self) -> &str {
        match self {
            Self::Value { setting, .. }
            | Self::UnknownUnit { setting, .. }
            | Self::Static { setting, .. }
            | Self::NeedsInstance { setting, .. }
            | Self::AliasTaken { setting, .. }
            | Self::Install { setting, .. }
            | Self::UnitInTheWay { setting, .. }
            | Self::MissingFile { setting, .. }
            | Self::Unreadable { setting, .. }
            | Self::Styles { setting, .. }
            | Self::Directory { setting, .. }
            | Self::Spelling { setting, .. }
            | Self::Root { setting, .. } => setting,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Value { .. } => "build the parent again with this version of terroir".into(),
            Self::UnknownUnit {
                meant: Some(meant), ..
            } => format!("did you mean {meant}?"),
            Self::UnknownUnit { .. } => "install the package that brings the unit in an earlier \
                 entry; `masked` also holds for a unit that is not there"
                .into(),
            Self::Static { unit, .. } => format!(
                "other units start {unit} when they need it; enable the socket, timer or path unit \
                 beside it, or give it a drop-in with [Install] and WantedBy="
            ),
            Self::NeedsInstance { unit, .. } => {
                format!("name an instance: {}", unit.replacen('@', "@NAME", 1))
            }
            Self::AliasTaken { other, .. } => {
                let name = other.rsplit('/').next().unwrap_or(other);
                format!("set {name} to disabled first")
            }
            Self::Install { .. } => "correct the unit, or override it by a drop-in".into(),
            Self::UnitInTheWay { .. } => {
                "set it to disabled, or ship the unit in /usr/lib/systemd instead".into()
            }
            Self::MissingFile { .. } => "install the package that brings the file in an earlier \
                 entry, or say `create: true`"
                .into(),
            Self::Unreadable { .. } => "use the kind `file` to put a whole file instead".into(),
            Self::Styles { .. } => "give both the same `style`".into(),
            Self::Directory { .. } => "name a file in it".into(),
            Self::Spelling { .. } => "keep one of the two spellings".into(),
            Self::Root { hint, .. } => hint.clone(),
        }
    }

    /// Joins the refusal and the place where the setting was written.
    #[must_use]
    pub fn diagnostic(&self, origin: &Origin) -> Diagnostic {
        Diagnostic::error(origin, self.to_string()).hint(self.hint())
    }
}

/// Reads the typed value of a setting that is checked.
pub(in crate::setting) fn examined<T: DeserializeOwned>(
    kind: Kind,
    name: &str,
    value: &Value,
) -> Result<T, Unexamined> {
    T::deserialize(value).map_err(|error| Unexamined::Value {
        setting: kind.key(name),
        why: error.to_string(),
    })
}

/// Reads the typed value of a setting from its stored form.
pub(in crate::setting) fn typed<T: DeserializeOwned>(
    kind: Kind,
    name: &str,
    value: &Value,
) -> Result<T, Refusal> {
    T::deserialize(value).map_err(|error| Refusal::Value {
        setting: kind.key(name),
        reason: error.to_string(),
    })
}
