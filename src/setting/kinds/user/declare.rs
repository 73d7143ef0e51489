//! Users as documents declare them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::origin::{Diagnostic, Sourced};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::Refusal;
use crate::setting::input::account::{is_account_name, not_a_name, range_value};
use crate::setting::input::mode::parse_mode;
use crate::setting::input::place::parse_place;
use crate::setting::input::scalar::Scalar;
use crate::setting::root::database::attribute;

impl Kind {
    /// Users, and rules for all of them.
    pub const USER: Self = Self::named("user");
}

/// The name that stands for all users.
pub(super) const EVERYONE: &str = "*";

/// A user as a document declares it; what is left out stays as it is. There is no place for a
/// password: people come by keys or from a directory, or get one on the machine.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserDeclaration {
    /// Number; the first free one of `range` when left out.
    #[serde(default)]
    pub uid: Option<Sourced<u32>>,
    /// First and last number to choose from; 1000 to 59999 when left out.
    #[serde(default)]
    pub range: Option<Sourced<(u32, u32)>>,
    /// Own group; one of the user's name and number when left out.
    #[serde(default)]
    pub group: Option<Sourced<String>>,
    /// Other groups that the user joins.
    #[serde(default)]
    pub groups: Option<Vec<Sourced<String>>>,
    /// Folder; /home/NAME when left out.
    #[serde(default)]
    pub home: Option<Sourced<String>>,
    /// Login shell; /bin/bash when left out.
    #[serde(default)]
    pub shell: Option<Sourced<String>>,
    /// Full name.
    #[serde(default)]
    pub comment: Option<Sourced<String>>,
    /// Whether no password is accepted; keys still are.
    #[serde(default)]
    pub locked: Option<Sourced<bool>>,
    /// All SSH keys that let the user in.
    #[serde(default)]
    pub authorized_keys: Option<Vec<Sourced<String>>>,
    /// Only for `*`: the most that the mode of the home of a person may be.
    #[serde(default)]
    pub home_mode: Option<Sourced<Scalar>>,
    /// Only for `*`: whether every person's home is there and their own.
    #[serde(default)]
    pub own_homes: Option<Sourced<bool>>,
    /// Only for `*`: whether accounts of the system have no login shell.
    #[serde(default)]
    pub system_without_shell: Option<Sourced<bool>>,
    /// Only for `*`: whether names and numbers are there once, and every group of a user.
    #[serde(default)]
    pub unique: Option<Sourced<bool>>,
    /// Only for `*`: whether root alone has the number 0.
    #[serde(default)]
    pub only_root: Option<Sourced<bool>>,
    /// Only for `*`: whether no password is empty, and all lie in /etc/shadow.
    #[serde(default)]
    pub shadowed: Option<Sourced<bool>>,
}

/// Reads one user as written; each attribute is a setting of its own.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    user: &UserDeclaration,
) -> Result<Vec<Setting>, Diagnostic> {
    let everyone = name.as_str() == EVERYONE;
    if !everyone && !is_account_name(name) {
        return Err(not_a_name(name, "user"));
    }
    let mut parts = match everyone {
        true => rules(user)?,
        false => attributes(user)?,
    };
    let misplaced = match everyone {
        true => attributes(user)?,
        false => rules(user)?,
    };
    if let Some((part, _)) = misplaced.first() {
        let whom = if everyone {
            "one user"
        } else {
            "`*`, all users"
        };
        return Err(
            Diagnostic::error(&name.origin, format!("`{part}` does not go with `{name}`"))
                .hint(format!("it is something to say of {whom}")),
        );
    }
    if !everyone {
        parts.insert(0, ("present", Value::from(true)));
    } else if parts.is_empty() {
        return Err(
            Diagnostic::error(&name.origin, "nothing is said about all users")
                .hint("say for example home-mode: \"0750\""),
        );
    }
    let settings = parts.into_iter().map(|(part, value)| Setting {
        kind: Kind::USER,
        name: format!("{name}/{part}"),
        value,
        origin: name.origin.clone(),
    });
    Ok(settings.collect())
}

type Parts = Vec<(&'static str, Value)>;

fn rules(user: &UserDeclaration) -> Result<Parts, Diagnostic> {
    let mut parts = Vec::new();
    if let Some(mode) = &user.home_mode {
        let mode = parse_mode(mode)?;
        parts.push(("home-mode", Value::from(format!("{mode:04o}"))));
    }
    for (part, said) in [
        ("own-homes", &user.own_homes),
        ("system-without-shell", &user.system_without_shell),
        ("unique", &user.unique),
        ("only-root", &user.only_root),
        ("shadowed", &user.shadowed),
    ] {
        if let Some(said) = said {
            if !said.value {
                return Err(Diagnostic::error(
                    &said.origin,
                    format!("`{part}: false` says nothing"),
                )
                .hint("drop the line"));
            }
            parts.push((part, Value::from(true)));
        }
    }
    Ok(parts)
}

fn attributes(user: &UserDeclaration) -> Result<Parts, Diagnostic> {
    let mut parts = Vec::new();
    if let Some(uid) = &user.uid {
        parts.push(("uid", Value::from(uid.value)));
    }
    if let Some(range) = &user.range {
        parts.push(("range", range_value(range)?));
    }
    for group in user.group.iter().chain(user.groups.iter().flatten()) {
        if !is_account_name(group) {
            return Err(not_a_name(group, "group"));
        }
    }
    if let Some(group) = &user.group {
        parts.push(("group", Value::from(group.as_str())));
    }
    if let Some(groups) = &user.groups {
        let groups: BTreeSet<&str> = groups.iter().map(|group| group.as_str()).collect();
        parts.push(("groups", groups.into_iter().collect()));
    }
    for (part, path) in [("home", &user.home), ("shell", &user.shell)] {
        if let Some(path) = path {
            let place = parse_place(path)?;
            if path.contains([':', '\n']) {
                return Err(Diagnostic::error(
                    &path.origin,
                    format!("{place} cannot stand in /etc/passwd"),
                )
                .hint("write a path without colons"));
            }
            parts.push((part, Value::from(place.to_string())));
        }
    }
    if let Some(comment) = &user.comment {
        if comment.contains([':', '\n']) {
            return Err(Diagnostic::error(
                &comment.origin,
                "a full name with a colon or more than one line cannot stand in /etc/passwd",
            )
            .hint("leave the colon out"));
        }
        parts.push(("comment", Value::from(comment.as_str())));
    }
    if let Some(locked) = &user.locked {
        parts.push(("locked", Value::from(locked.value)));
    }
    if let Some(keys) = &user.authorized_keys {
        for key in keys {
            check_key(key)?;
        }
        let keys = keys.iter().map(|key| Value::from(key.trim()));
        parts.push(("authorized-keys", keys.collect()));
    }
    Ok(parts)
}

/// Refuses what is not one line of authorized_keys with a public key (sshd(8)).
fn check_key(key: &Sourced<String>) -> Result<(), Diagnostic> {
    let wrong = |what: &str, hint: &str| Err(Diagnostic::error(&key.origin, what).hint(hint));
    if key.contains("PRIVATE KEY") {
        return wrong(
            "this is a private key",
            "make a new pair, since this one is known now, and write the line of its .pub file",
        );
    }
    let is_type = |word: &str| {
        ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"]
            .iter()
            .any(|prefix| word.starts_with(prefix))
    };
    let is_blob = |word: &str| word.starts_with("AAAA");
    let words: Vec<&str> = key.split_whitespace().collect();
    let mut pairs = words.windows(2);
    let holds =
        pairs.any(|pair| matches!(pair, [first, second] if is_type(first) && is_blob(second)));
    match holds && !key.trim().contains(['\n', '\0']) {
        true => Ok(()),
        false => wrong(
            "this is not the line of a public key",
            "write it as it stands in the .pub file: ssh-ed25519 AAAA… name",
        ),
    }
}

/// Fewer bits for homes; a locked account where a password could do.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let bits = |value: &Value| u32::from_str_radix(value.as_str()?, 8).ok();
    match attribute(name) {
        (EVERYONE, "home-mode") => {
            matches!((bits(candidate), bits(mandatory)), (Some(own), Some(most)) if own & !most == 0)
        }
        _ => false,
    }
}

/// `user alice has the shell /bin/bash`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let (user, part) = attribute(name);
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items = items
                .iter()
                .map(|item| item.as_str().map_or(item.to_string(), str::to_owned));
            items.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    Ok(match (user, part) {
        (_, "present") => format!("there is a user {user}"),
        (EVERYONE, "home-mode") => format!("homes have at most the mode {text}"),
        (EVERYONE, "own-homes") => "every person has a home of their own".to_owned(),
        (EVERYONE, "system-without-shell") => {
            "accounts of the system have no login shell".to_owned()
        }
        (EVERYONE, "unique") => "names and numbers of accounts are there once".to_owned(),
        (EVERYONE, "only-root") => "root alone has the number 0".to_owned(),
        (EVERYONE, "shadowed") => "no password is empty or readable".to_owned(),
        (_, "locked") if text == "true" => format!("user {user} has no password that opens"),
        (_, "locked") => format!("user {user} may have a password"),
        (_, "authorized-keys") => format!(
            "user {user} has {} SSH keys",
            value.as_array().map_or(0, Vec::len)
        ),
        (_, part) => format!("user {user} has the {part} {text}"),
    })
}
