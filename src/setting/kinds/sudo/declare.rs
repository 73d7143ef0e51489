//! Defaults of sudo as documents declare them, and the file that sets them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sudoers::{Statement, statements, without_password_tags};
use crate::action::{Action, Content, Owner};
use crate::origin::{Diagnostic, Sourced};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::place::constant;
use crate::setting::input::scalar::Scalar;
use crate::setting::root::rewrite::{Held, joined};

impl Kind {
    /// Defaults of sudo, and what its rules may not say.
    pub const SUDO: Self = Self::named("sudo");
}

/// The canonical value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum SudoValue {
    /// A Default that is on or off.
    On(bool),
    /// A Default with a value.
    Is(String),
    /// No rule says it.
    Absent,
    /// A Default with whatever value, which nobody switched off.
    Any,
}

/// Defaults whose smaller number is the stricter one.
const MINUTES: [&str; 3] = ["timestamp_timeout", "passwd_timeout", "passwd_tries"];

impl SudoValue {
    /// Whether what a file says satisfies the demand.
    pub(super) fn takes(&self, name: &str, found: &Self) -> bool {
        let number = |value: &Self| match value {
            Self::Is(text) => text.parse::<f64>().ok().filter(|number| *number >= 0.0),
            _ => None,
        };
        self == found
            || (*self == Self::Any && matches!(found, Self::Is(_)))
            || (MINUTES.contains(&name)
                && matches!((number(found), number(self)), (Some(own), Some(most)) if own <= most))
    }
}

/// The word for whatever value.
const ANY: &str = "any";

/// What no rule and no Defaults line may say where it has to be absent.
pub(super) const FORBIDDEN: [&str; 2] = ["!authenticate", "NOPASSWD"];

/// Reads one Default as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    value: &Scalar,
) -> Result<Setting, Diagnostic> {
    let wrong = |what: String, hint: &str| Err(Diagnostic::error(&name.origin, what).hint(hint));
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let value = if FORBIDDEN.contains(&name.as_str()) {
        match value {
            Scalar::Text(text) if text == "absent" => SudoValue::Absent,
            _ => {
                return wrong(
                    format!("`{name}` can only be absent"),
                    &format!("write \"{name}\": absent"),
                );
            }
        }
    } else if name.is_empty() || !name.bytes().all(known) {
        return wrong(
            format!("`{name}` is not a Default of sudo"),
            "write it as sudoers(5) names it, with `false` for one that is switched off",
        );
    } else {
        match value {
            Scalar::Bool(on) => SudoValue::On(*on),
            Scalar::Text(text) if text == ANY => SudoValue::Any,
            value => SudoValue::Is(value.text_or_integer().map_err(|hint| {
                Diagnostic::error(&name.origin, format!("`{name}` needs a value")).hint(hint)
            })?),
        }
    };
    if let SudoValue::Is(text) = &value
        && (text.is_empty() || text.chars().any(char::is_control))
    {
        return wrong(
            format!("the value of `{name}` is empty, or longer than one line"),
            "write true or false for one that has no value",
        );
    }
    Ok(Setting {
        kind: Kind::SUDO,
        name: name.value.clone(),
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: name.origin.clone(),
    })
}

const MAIN: &str = "/etc/sudoers";
const FOLDER: &str = "/etc/sudoers.d";
const OWN: &str = "/etc/sudoers.d/60-terroir";

/// Writes every Default into one file, and takes what is forbidden out of the main file.
///
/// Files that others put below `/etc/sudoers.d` are left alone: only their authors know what a rule
/// without a password is good for. The check names them.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let setting = touched.first().map(|name| Kind::SUDO.key(name));
    let setting = setting.unwrap_or_default();
    let mut text = String::from("# Written by terroir from the settings of this image.\n");
    let mut forbidden = BTreeSet::new();
    for (name, value) in all {
        let value: SudoValue = typed(Kind::SUDO, name, value)?;
        let _ = match value {
            SudoValue::On(true) => writeln!(text, "Defaults {name}"),
            SudoValue::On(false) => writeln!(text, "Defaults !{name}"),
            SudoValue::Is(value) => writeln!(text, "Defaults {name}={}", quoted(&value)),
            SudoValue::Absent => {
                forbidden.insert(name.as_str());
                Ok(())
            }
            // What is there stays.
            SudoValue::Any => Ok(()),
        };
    }
    let mut actions = vec![Action::Write {
        path: constant(OWN),
        content: Content::Text(text.into()),
        mode: 0o440,
        owner: Owner::default(),
    }];
    let main = Held::read(&setting, MAIN, 0o440, ground)?;
    if let Some(old) = &main.text {
        let mut lines: Vec<String> = Vec::new();
        let mut included = false;
        for statement in statements(old) {
            included |= statement
                .includes()
                .is_some_and(|(folder, path)| folder && path == FOLDER);
            let kept = match forbidden.contains("!authenticate") {
                true => without_authenticate(&statement),
                false => Some(statement.raw.clone()),
            };
            lines.extend(kept.map(|line| match forbidden.contains("NOPASSWD") {
                true => without_password_tags(&line),
                false => line,
            }));
        }
        if !included {
            lines.push(format!("@includedir {FOLDER}"));
        }
        actions.extend(main.with(&joined(lines)));
    }
    Ok(actions)
}

/// A Defaults line without `!authenticate`; none when it said nothing else.
fn without_authenticate(statement: &Statement) -> Option<String> {
    let Some(defaults) = statement.defaults() else {
        return Some(statement.raw.clone());
    };
    let is_it = |term: &&str| term.strip_prefix('!').map(str::trim) == Some("authenticate");
    if !defaults.terms.iter().any(&is_it) {
        return Some(statement.raw.clone());
    }
    let kept: Vec<&str> = defaults
        .terms
        .iter()
        .copied()
        .filter(|term| !is_it(term))
        .collect();
    (!kept.is_empty()).then(|| format!("{} {}", defaults.head, kept.join(", ")))
}

/// A value as sudoers(5) reads it back.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    match value.bytes().all(plain) {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// Fewer minutes or tries.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<SudoValue>(Kind::SUDO, name, value);
    matches!(
        (read(candidate), read(mandatory)),
        (Ok(candidate), Ok(mandatory)) if mandatory.takes(name, &candidate)
    )
}

/// `sudo: use_pty`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let value: SudoValue = typed(Kind::SUDO, name, value)?;
    Ok(match value {
        SudoValue::On(true) => format!("sudo: {name}"),
        SudoValue::On(false) => format!("sudo: !{name}"),
        SudoValue::Is(value) => format!("sudo: {name}={value}"),
        SudoValue::Absent => format!("sudo: nothing says {name}"),
        SudoValue::Any => format!("sudo: {name} is set"),
    })
}
