//! Keys of a configuration file as documents declare them, and the edits that set them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::accept::Accept;
use super::program::Program;
use super::term::ConfigTerm;
use crate::action::EditStyle;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::place::parse_place;
use crate::setting::input::scalar::Scalar;

impl Kind {
    /// One key of a configuration file.
    pub const CONFIG: Self = Self::named("config");
}

/// The file of os-release(5) that is delivered, and the setting's name for either.
pub(super) const OS_RELEASE: &str = "/usr/lib/os-release";
/// The one that goes before it.
pub(super) const FIRST_OS_RELEASE: &str = "/etc/os-release";

/// Keys of one configuration file as a document declares them.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigDeclaration {
    /// The file in the image.
    pub path: Sourced<String>,
    /// How the file writes its keys.
    pub style: EditStyle,
    /// Keys and values; `section/key` in the style `ini`, no value for a key that stands alone; or
    /// what a value must satisfy: `{at-least: 1, at-most: 60}`, `{at-least: 900, or: [0]}`, `{one-of: [a, b]}`,
    /// `{absent: true}`.
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
    /// Tells whether the text that a file has for the key is what is demanded; `name` is that of
    /// the setting.
    pub(super) fn satisfied_by(&self, name: &str, found: &str) -> bool {
        let (file, key) = name.split_once('#').unwrap_or((name, ""));
        let program = Program::of(file);
        if self.value.is_none() && program.has_flags() {
            return true;
        }
        let mean = |text: &str| match program {
            Program::Other => text.trim_matches(['"', '\'']).to_owned(),
            program => program.meaning(key, text),
        };
        let words = |text: &str| -> Vec<String> {
            mean(text).split_whitespace().map(str::to_owned).collect()
        };
        words(self.value.as_deref().unwrap_or_default()) == words(found) || self.takes(name, found)
    }

    /// Tells whether a text is accepted besides the value.
    pub(super) fn takes(&self, name: &str, found: &str) -> bool {
        let (file, key) = name.split_once('#').unwrap_or((name, ""));
        let accept = self.accept.as_ref();
        accept.is_some_and(|accept| accept.takes(&Program::of(file).meaning(key, found)))
    }

    /// Tells whether everything that satisfies this satisfies the other too.
    fn within(&self, name: &str, other: &Self) -> bool {
        let value = self.value.as_deref().unwrap_or_default();
        match (&self.accept, &other.accept) {
            (None, None) => self.value == other.value,
            (None, Some(Accept::Absent)) => false,
            (None, Some(_)) => other.satisfied_by(name, value),
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
            kind: Kind::CONFIG,
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

/// The same value or one that satisfies it, whatever is said about making the file.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<ConfigValue>(Kind::CONFIG, name, value);
    matches!(
        (read(candidate), read(mandatory)),
        (Ok(candidate), Ok(mandatory)) if candidate.within(name, &mandatory)
    )
}

/// `/etc/ssh/sshd_config: PermitRootLogin no`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let stored: ConfigValue = typed(Kind::CONFIG, name, value)?;
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
