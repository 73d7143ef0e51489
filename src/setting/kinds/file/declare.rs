//! Files as documents declare them, and the actions that put them into a root.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::value::FileValue;
use crate::action::{Action, Content, Id, Owner};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::inputs::Inputs;
use crate::setting::input::mode::{parse_mode, parse_owner};
use crate::setting::input::place::{parse_place, place_of_name};
use crate::setting::input::scalar::Scalar;
use crate::setting::root::rewrite::written;

/// Largest text that a file setting carries, in bytes; it travels in the flavour record.
const MAX_TEXT: usize = 256 * 1024;

/// A file as a document declares it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileDeclaration {
    /// What the file holds.
    #[serde(default)]
    pub content: Option<Sourced<String>>,
    /// A text file of the repository that it is a copy of.
    #[serde(default)]
    pub source: Option<Sourced<String>>,
    /// Permission bits as octal text, such as "0644".
    #[serde(default)]
    pub mode: Option<Sourced<Scalar>>,
    /// `user` or `user:group`, by name or number.
    #[serde(default)]
    pub owner: Option<Sourced<String>>,
    /// Whether the mode is a ceiling: bits above it are taken away, none is added.
    #[serde(default, rename = "at-most")]
    pub at_most: bool,
    /// Other owners that are as good as `owner`.
    #[serde(default, rename = "or-owner")]
    pub or_owner: Vec<Sourced<String>>,
    /// Whether nothing is demanded where the file is not there.
    #[serde(default)]
    pub optional: bool,
    /// Whether the text is a template.
    #[serde(default)]
    pub template: bool,
    /// Whether the path must not be there: a file, a link, or a directory with all below it.
    #[serde(default)]
    pub absent: bool,
}

/// Reads one file as written.
pub(in crate::setting) fn declare(
    path: &Sourced<String>,
    file: &FileDeclaration,
    inputs: &dyn Inputs,
) -> Result<Setting, Diagnostic> {
    let place = parse_place(path)?;
    let mode = file.mode.as_ref().map(parse_mode).transpose()?;
    let mode = mode.map(|mode| format!("{mode:04o}"));
    let owner = file.owner.as_ref().map(parse_owner).transpose()?;
    let owner = owner.map(|owner| owner_text(&owner));
    let or_owner = file
        .or_owner
        .iter()
        .map(|owner| Ok(owner_text(&parse_owner(owner)?)));
    let or_owner = or_owner.collect::<Result<Vec<_>, Diagnostic>>()?;
    let text = text_of(path, file, inputs)?;
    let is_pattern = path.contains('*');
    if is_pattern && text.is_some() {
        return Err(Diagnostic::error(
            &path.origin,
            format!("{place} is a pattern, and a pattern has no content"),
        )
        .hint("name the file, or give only `mode` and `owner`"));
    }
    let value = match (text, file.absent) {
        (Some(text), false) => FileValue::Whole {
            text,
            mode: mode.unwrap_or_else(|| "0644".to_owned()),
            owner: owner.unwrap_or_else(|| "root:root".to_owned()),
        },
        (None, true) if mode.is_none() && owner.is_none() => FileValue::Absent,
        (None, false) if mode.is_some() || owner.is_some() => FileValue::Bits {
            mode,
            owner,
            at_most: file.at_most,
            or_owner,
            // Nobody can say of files that fit a pattern that they must be there.
            optional: file.optional || is_pattern,
        },
        (None, false) => {
            return Err(
                Diagnostic::error(&path.origin, format!("nothing is said about {place}"))
                    .hint("give `content` or `source`, `mode` or `owner`, or `absent: true`"),
            );
        }
        (_, true) => {
            return Err(Diagnostic::error(
                &path.origin,
                format!("{place} cannot be absent and have content, mode or owner"),
            )
            .hint("drop `absent: true`, or everything beside it"));
        }
    };
    Ok(Setting {
        kind: Kind::FILE,
        name: place.to_string(),
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: path.origin.clone(),
    })
}

fn text_of(
    path: &Sourced<String>,
    file: &FileDeclaration,
    inputs: &dyn Inputs,
) -> Result<Option<String>, Diagnostic> {
    let text = match (&file.content, &file.source) {
        (Some(content), Some(source)) => {
            return Err(
                Diagnostic::error(&source.origin, format!("{path} has two contents"))
                    .and(&content.origin, "the first is here")
                    .hint("keep `content` or `source`"),
            );
        }
        (Some(content), None) => content.clone(),
        (None, Some(source)) => {
            let input = inputs.file(source)?;
            too_long(
                path,
                &source.origin,
                usize::try_from(input.size).unwrap_or(usize::MAX),
            )?;
            Sourced::new(inputs.text(&input)?, Origin::of_file(&input.path))
        }
        (None, None) if file.template => {
            return Err(Diagnostic::error(
                &path.origin,
                format!("`template: true` says nothing: {path} has no content"),
            )
            .hint("give `content` or `source`, or drop `template`"));
        }
        (None, None) => return Ok(None),
    };
    let text = if file.template {
        inputs.render(&text)?
    } else {
        text.value
    };
    too_long(path, &path.origin, text.len())?;
    Ok(Some(text))
}

fn too_long(path: &Sourced<String>, origin: &Origin, length: usize) -> Result<(), Diagnostic> {
    if length <= MAX_TEXT {
        return Ok(());
    }
    Err(Diagnostic::error(
        origin,
        format!("the text for {path} has {length} bytes; a setting carries at most {MAX_TEXT}"),
    )
    .hint("copy it with a module of type `files`"))
}

fn owner_text(owner: &Owner) -> String {
    let id = |id: &Id| match id {
        Id::Number(0) => "root".to_owned(),
        Id::Number(number) => number.to_string(),
        Id::Name(name) => name.clone(),
    };
    format!("{}:{}", id(&owner.user), id(&owner.group))
}

/// Writes the touched files.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    if touched.iter().any(|name| name.contains('*')) {
        actions.push(at_boot(all)?);
    }
    let named = |(name, _): &(&String, &Value)| touched.contains(*name) && !name.contains('*');
    for (name, value) in all.iter().filter(named) {
        let file: FileValue = typed(Kind::FILE, name, value)?;
        let path = place_of_name(name).map_err(|error| Refusal::Value {
            setting: Kind::FILE.key(name),
            reason: error.to_string(),
        })?;
        if matches!(file, FileValue::Whole { .. }) && ground.directory(&path) {
            return Err(Refusal::Directory {
                setting: Kind::FILE.key(name),
                path: path.to_string(),
            });
        }
        let (mut mode, owner) = (file.mode(), file.owner());
        if file.is_optional() || file.is_ceiling() {
            let bits = ground.bits(&path).map_err(|reason| Refusal::Unreadable {
                setting: Kind::FILE.key(name),
                path: path.to_string(),
                reason,
            })?;
            if bits.is_none() && file.is_optional() {
                continue;
            }
            mode = file.mode_over(bits);
        }
        actions.push(match file {
            FileValue::Absent => Action::Remove { path },
            FileValue::Bits { .. } if mode.is_none() && owner.is_none() => continue,
            FileValue::Bits { .. } => Action::Mode { path, mode, owner },
            FileValue::Whole { text, .. } => Action::Write {
                path,
                content: Content::Text(text.into()),
                mode: mode.unwrap_or(0o644),
                owner: owner.unwrap_or_default(),
            },
        });
    }
    Ok(actions)
}

/// Where modes and owners of files that fit a pattern are set at every boot (tmpfiles.d(5)).
const AT_BOOT: &str = "/usr/lib/tmpfiles.d/terroir-modes.conf";

/// Which files fit a pattern is only known on the machine, so systemd-tmpfiles sets them there.
fn at_boot(all: &BTreeMap<String, Value>) -> Result<Action, Refusal> {
    let mut text = String::from("# Written by terroir from the settings of this image.\n");
    for (name, value) in all.iter().filter(|(name, _)| name.contains('*')) {
        let file: FileValue = typed(Kind::FILE, name, value)?;
        // A `~` takes away bits and adds none.
        let tilde = if file.is_ceiling() { "~" } else { "" };
        let mode = file
            .mode()
            .map_or("-".to_owned(), |mode| format!("{tilde}{mode:04o}"));
        let owner = file.owner().as_ref().map_or("- -".to_owned(), |owner| {
            owner_text(owner).replace(':', " ")
        });
        let line = match file {
            FileValue::Absent => format!("r! {name}\n"),
            _ => format!("z {name} {mode} {owner}\n"),
        };
        text.push_str(&line);
    }
    Ok(written(AT_BOOT, &text))
}

/// The bits are a subset; owner and content are the same where the mandatory value states them.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<FileValue>(Kind::FILE, name, value);
    let (Ok(candidate), Ok(mandatory)) = (read(candidate), read(mandatory)) else {
        return false;
    };
    let text = match (&candidate, &mandatory) {
        (FileValue::Whole { text, .. }, FileValue::Whole { text: demanded, .. }) => {
            text == demanded
        }
        (FileValue::Whole { .. } | FileValue::Bits { .. }, FileValue::Bits { .. }) => true,
        _ => false,
    };
    let mode = match (candidate.mode(), mandatory.mode()) {
        (Some(mode), Some(ceiling)) => mode & !ceiling == 0,
        (_, None) => true,
        (None, Some(_)) => false,
    };
    let owners = mandatory.owners();
    let owner = owners.is_empty()
        || candidate
            .owner()
            .is_some_and(|owner| owners.contains(&owner));
    text && mode && owner
}

/// `/etc/issue: 42 bytes, mode 0644, owner root:root`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let parts = match typed(Kind::FILE, name, value)? {
        FileValue::Absent => vec!["absent".to_owned()],
        FileValue::Whole { text, mode, owner } => vec![
            format!("{} bytes", text.len()),
            format!("mode {mode}"),
            format!("owner {owner}"),
        ],
        FileValue::Bits {
            mode,
            owner,
            at_most,
            ..
        } => mode
            .map(|mode| format!("mode {}{mode}", if at_most { "at most " } else { "" }))
            .into_iter()
            .chain(owner.map(|owner| format!("owner {owner}")))
            .collect(),
    };
    Ok(format!("{name}: {}", parts.join(", ")))
}
