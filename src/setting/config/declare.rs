//! Keys of a configuration file as documents declare them, and the edits that set them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::effective::assignments;
use super::term::{Accept, ConfigTerm};
use crate::action::{Action, Edit, EditStyle};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::path::TreePath;
use crate::setting::check::constant;
use crate::setting::declaration::each;
use crate::setting::error::{Refusal, typed};
use crate::setting::ground::Ground;
use crate::setting::kind::{Kind, Setting};
use crate::setting::place::{parse_place, place_of_name, resolved};
use crate::setting::scalar::Scalar;

/// The file of os-release(5) that is delivered, and the setting's name for either.
pub(super) const OS_RELEASE: &str = "/usr/lib/os-release";
/// The one that goes before it.
pub(super) const FIRST_OS_RELEASE: &str = "/etc/os-release";
/// Most links that are followed to the file that an edited path stands for.
const MAX_LINKS: usize = 40;

/// Keys of one configuration file as a document declares them.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigDeclaration {
    /// The file in the image.
    pub path: Sourced<String>,
    /// How the file writes its keys.
    pub style: EditStyle,
    /// Keys and values; `section/key` in the style `ini`, no value for a key that stands alone; or
    /// what a value must satisfy: `{at-most: 60}`, `{one-of: [a, b]}`, `{absent: true}`.
    pub values: SourcedMap<ConfigTerm>,
    /// Whether a file that is not there is made.
    #[serde(default)]
    pub create: bool,
    /// Whether a file that is not there needs no values.
    #[serde(default)]
    pub optional: bool,
}

/// The canonical value; `value` is absent for a key that stands alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigValue {
    pub(super) style: EditStyle,
    pub(super) value: Option<String>,
    pub(super) create: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accept: Option<Accept>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) optional: bool,
}

impl ConfigValue {
    /// Tells whether the text that a file has for the key is what is demanded.
    pub(super) fn satisfied_by(&self, found: &str) -> bool {
        let words = |text: &str| {
            let text = text.trim_matches(['"', '\'']);
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        words(self.value.as_deref().unwrap_or_default()) == words(found)
            || self
                .accept
                .as_ref()
                .is_some_and(|accept| accept.takes(found))
    }

    /// Tells whether everything that satisfies this satisfies the other too.
    fn within(&self, other: &Self) -> bool {
        let value = self.value.as_deref().unwrap_or_default();
        match (&self.accept, &other.accept) {
            (None, None) => self.value == other.value,
            (None, Some(Accept::Absent)) => false,
            (None, Some(_)) => other.satisfied_by(value),
            (Some(_), None) => false,
            (Some(own), Some(demanded)) => own.within(demanded),
        }
    }
}

/// Reads the keys of one file as written.
pub(in crate::setting) fn declare(
    file: &ConfigDeclaration,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let place = parse_place(&file.path).map_err(|diagnostic| vec![diagnostic])?;
    if file.path.contains('#') {
        return Err(vec![
            Diagnostic::error(&file.path.origin, format!("{place} holds a `#`"))
                .hint("put the whole file with the kind `file` instead"),
        ]);
    }
    each(file.values.iter().map(|(key, value)| {
        check_key(key, file.style)?;
        let value = ConfigValue {
            style: file.style,
            value: text_of(key, &value.value)?,
            create: file.create,
            accept: value.accept.clone(),
            optional: file.optional,
        };
        Ok(Setting {
            kind: Kind::Config,
            name: format!("{place}#{}", key.value),
            value: serde_json::to_value(value).expect("texts serialise"),
            origin: key.origin.clone(),
        })
    }))
}

/// The text of a value; none for a key that stands alone.
fn text_of(key: &Sourced<String>, value: &Scalar) -> Result<Option<String>, Diagnostic> {
    let wrong =
        |message: String, hint: &str| Err(Diagnostic::error(&key.origin, message).hint(hint));
    let text = match value {
        Scalar::Null => return Ok(None),
        value => value.text_or_bool().map_err(|hint| {
            Diagnostic::error(&key.origin, format!("`{key}` needs a text")).hint(hint)
        })?,
    };
    let text = text.trim();
    if text.contains(['\n', '\r', '\0']) {
        return wrong(
            format!("the value of `{key}` is longer than one line"),
            "put the whole file with the kind `file` instead",
        );
    }
    if text.ends_with('\\') {
        return wrong(
            format!("the value of `{key}` ends in a backslash, which would swallow the next line"),
            "put it in quotes inside the value: '\"…\"'",
        );
    }
    Ok(Some(text.to_owned()))
}

fn check_key(key: &Sourced<String>, style: EditStyle) -> Result<(), Diagnostic> {
    let (section, bare) = match style {
        EditStyle::Ini => key.rsplit_once('/').unwrap_or(("", key)),
        EditStyle::Equals | EditStyle::Space | EditStyle::Policy => ("", key.as_str()),
    };
    let inner = |byte: u8| byte > b' ' && byte != 0x7f && !b"=#;[]".contains(&byte);
    let wrong_section = section.contains(['[', ']', '\n', '\0']);
    // A space inside is only possible where `=` ends the key.
    let spaced = |byte: u8| inner(byte) || (byte == b' ' && style == EditStyle::Ini);
    if bare.trim() != bare || bare.is_empty() || !bare.bytes().all(spaced) || wrong_section {
        return Err(Diagnostic::error(
            &key.origin,
            format!("`{key}` is not a key of a configuration file"),
        )
        .hint(match style {
            EditStyle::Ini => "write section/key, for example Journal/Storage",
            EditStyle::Equals | EditStyle::Space | EditStyle::Policy => {
                "write the key alone, without `=` or spaces"
            }
        }));
    }
    Ok(())
}

/// Edits every touched file, with all its keys.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let file_of = |name: &str| name.split('#').next().unwrap_or_default().to_owned();
    let files: BTreeSet<String> = touched
        .iter()
        .filter(|name| all.contains_key(*name))
        .map(|name| file_of(name))
        .collect();
    let mut actions = Vec::new();
    for file in files {
        let keys = || all.iter().filter(|(name, _)| file_of(name) == file);
        let first = all
            .keys()
            .find(|name| touched.contains(*name) && file_of(name) == file)
            .map(|name| Kind::Config.key(name))
            .unwrap_or_default();
        let path = place_of_name(&file).map_err(|error| Refusal::Value {
            setting: first.clone(),
            reason: error.to_string(),
        })?;
        let path = followed(counting(path, ground), ground);
        let text = ground.text(&path).map_err(|reason| Refusal::Unreadable {
            setting: first.clone(),
            path: path.to_string(),
            reason,
        })?;
        let edit = edit_of(&file, keys(), (&path, text.as_deref()))?;
        if text.is_none() && !edit.create {
            let mut stored =
                keys().map(|(name, value)| typed::<ConfigValue>(Kind::Config, name, value));
            if stored.all(|value| value.is_ok_and(|value| value.optional)) {
                continue;
            }
            return Err(Refusal::MissingFile {
                setting: first,
                path: path.to_string(),
            });
        }
        if edit.values.is_empty() && edit.removed.is_empty() {
            continue;
        }
        actions.push(Action::Edit { path, edit });
    }
    Ok(actions)
}

fn edit_of<'a>(
    file: &str,
    keys: impl Iterator<Item = (&'a String, &'a Value)>,
    (path, text): (&TreePath, Option<&str>),
) -> Result<Edit, Refusal> {
    let mut first: Option<(&str, EditStyle)> = None;
    let mut values = Vec::new();
    let mut removed = Vec::new();
    let mut create = false;
    for (name, value) in keys {
        let stored: ConfigValue = typed(Kind::Config, name, value)?;
        let (by, style) = *first.get_or_insert((name, stored.style));
        if stored.style != style {
            return Err(Refusal::Styles {
                setting: Kind::Config.key(name),
                path: file.to_owned(),
                style: format!("{:?}", stored.style).to_lowercase(),
                other: format!("{style:?}").to_lowercase(),
                by: Kind::Config.key(by),
            });
        }
        create |= stored.create;
        let key = name.split_once('#').map_or("", |(_, key)| key);
        let held = text.and_then(|text| assignments(path, text, style, key).pop());
        let accepted = held.as_ref().is_some_and(|held| {
            let accept = stored.accept.as_ref();
            accept.is_some_and(|accept| accept.takes(&held.value))
        });
        if stored.accept == Some(Accept::Absent) {
            removed.extend(held.map(|_| key.to_owned()));
            continue;
        }
        // What is there may be stricter than what would be written.
        if accepted {
            continue;
        }
        let text = match stored.value {
            // An edit writes a key alone when its value is empty.
            Some(text) if text.is_empty() && style == EditStyle::Equals => "\"\"".to_owned(),
            Some(text) => text,
            None => String::new(),
        };
        values.push((key.to_owned(), text));
    }
    Ok(Edit {
        style: first.map_or(EditStyle::Equals, |(_, style)| style),
        values,
        removed,
        create,
    })
}

/// The file that decides: `/etc/os-release` goes before the other (os-release(5)), whether it is a
/// link to it or a file of its own.
fn counting(path: TreePath, ground: &mut dyn Ground) -> TreePath {
    let first = constant(FIRST_OS_RELEASE);
    let decides = path == constant(OS_RELEASE)
        && (ground.link(&first).is_some() || matches!(ground.text(&first), Ok(Some(_))));
    if decides { first } else { path }
}

/// The file that a path stands for, so that an edit keeps a link such as `/etc/os-release`.
pub(in crate::setting) fn followed(mut path: TreePath, ground: &mut dyn Ground) -> TreePath {
    for _ in 0..MAX_LINKS {
        let Some(target) = ground.link(&path) else {
            break;
        };
        path = resolved(&path, &target);
    }
    path
}

/// The same value or one that satisfies it, whatever is said about making the file.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<ConfigValue>(Kind::Config, name, value);
    matches!(
        (read(candidate), read(mandatory)),
        (Ok(candidate), Ok(mandatory)) if candidate.within(&mandatory)
    )
}

/// `/etc/ssh/sshd_config: PermitRootLogin no`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let stored: ConfigValue = typed(Kind::Config, name, value)?;
    let (file, key) = name.split_once('#').unwrap_or((name, ""));
    if let Some(accept) = stored.accept {
        return Ok(format!("{file}: {key} {accept}"));
    }
    Ok(match (stored.value, stored.style) {
        (None, _) => format!("{file}: {key}"),
        (Some(value), EditStyle::Space) => format!("{file}: {key} {value}"),
        (Some(value), _) => format!("{file}: {key}={value}"),
    })
}
