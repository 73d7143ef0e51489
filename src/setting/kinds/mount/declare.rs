//! Mounts as documents declare them, and the value that is kept of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fstab::missing;
use crate::origin::{Diagnostic, Sourced};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::place::parse_place;

impl Kind {
    /// File systems and the options that they are mounted with.
    pub const MOUNT: Self = Self::named("mount");
}

/// A mount as a document declares it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MountDeclaration {
    /// What is mounted, for example tmpfs; together with `type` it becomes a line of fstab.
    #[serde(default)]
    pub what: Option<Sourced<String>>,
    /// Type of its file system.
    #[serde(default, rename = "type")]
    pub fs_type: Option<Sourced<String>>,
    /// Options that it is mounted with.
    #[serde(default)]
    pub options: Vec<Sourced<String>>,
    /// Whether it is a partition or volume of its own, which an installer makes.
    #[serde(default)]
    pub separate: bool,
    /// Whether it is a file system of its own, whatever that is and whoever mounts it.
    #[serde(default)]
    pub mounted: bool,
}

/// The canonical value; the installer reads it by the key `mount:/path`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MountValue {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) what: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    pub(super) fs_type: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) separate: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) mounted: bool,
}

/// Reads one mount as written.
pub(in crate::setting) fn declare(
    path: &Sourced<String>,
    mount: &MountDeclaration,
) -> Result<Setting, Diagnostic> {
    let place = parse_place(path)?;
    let wrong = |what: String, hint: &str| Err(Diagnostic::error(&path.origin, what).hint(hint));
    if mount.what.is_some() != mount.fs_type.is_some() {
        return wrong(
            format!("{place} has only one of `what` and `type`"),
            "give both, for example what: tmpfs, type: tmpfs",
        );
    }
    if mount.separate && mount.what.is_some() {
        return wrong(
            format!("{place} is separate and has `what`"),
            "the installer knows what a separate partition is: drop `what` and `type`",
        );
    }
    if mount.what.is_none() && !mount.separate && !mount.mounted && mount.options.is_empty() {
        return wrong(
            format!("nothing is said about {place}"),
            "give `options`, `separate: true`, `mounted: true`, or `what` and `type`",
        );
    }
    let words = mount
        .options
        .iter()
        .chain(&mount.what)
        .chain(&mount.fs_type);
    for word in words {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != ',' && c != '#';
        if word.is_empty() || !word.chars().all(plain) {
            return Err(Diagnostic::error(
                &word.origin,
                format!("`{word}` cannot stand in a line of fstab"),
            )
            .hint("write one option for each list entry, without spaces and commas"));
        }
    }
    let text = |word: &Sourced<String>| word.value.clone();
    let value = MountValue {
        what: mount.what.as_ref().map(text),
        fs_type: mount.fs_type.as_ref().map(text),
        options: mount.options.iter().map(text).collect(),
        separate: mount.separate,
        mounted: mount.mounted,
    };
    Ok(Setting {
        kind: Kind::MOUNT,
        name: place.to_string(),
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: path.origin.clone(),
    })
}

/// More options, of the same thing.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<MountValue>(Kind::MOUNT, name, value);
    let (Ok(own), Ok(least)) = (read(candidate), read(mandatory)) else {
        return false;
    };
    let same = least.what.is_none() || (own.what == least.what && own.fs_type == least.fs_type);
    let separate = own.separate || !least.separate;
    let mounted = own.mounted || own.what.is_some() || own.separate || !least.mounted;
    same && separate && mounted && missing(&own.options.join(","), &least.options).is_empty()
}

/// `/dev/shm: tmpfs, mounted with nodev,nosuid`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let mount: MountValue = typed(Kind::MOUNT, name, value)?;
    let own = match (mount.separate, mount.mounted) {
        (true, _) => Some("a partition of its own".to_owned()),
        (_, true) => Some("a file system of its own".to_owned()),
        _ => None,
    };
    let options =
        (!mount.options.is_empty()).then(|| format!("mounted with {}", mount.options.join(",")));
    let parts: Vec<String> = own
        .into_iter()
        .chain(mount.fs_type)
        .chain(options)
        .collect();
    Ok(format!("{name}: {}", parts.join(", ")))
}
