//! Whole files, and mode and owner of files that are there.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{Refusal, typed};
use super::ground::Ground;
use super::inputs::Inputs;
use super::kind::{Kind, Setting};
use super::place::{parse_place, place_of_name};
use super::scalar::Scalar;
use crate::action::{Action, Content, Id, Owner};
use crate::origin::{Diagnostic, Origin, Sourced};

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
    /// Whether the text is a template.
    #[serde(default)]
    pub template: bool,
    /// Whether the path must not be there: a file, a link, or a directory with all below it.
    #[serde(default)]
    pub absent: bool,
}

/// The canonical value: absent, a whole file, or only mode and owner of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum FileValue {
    Absent,
    Whole {
        text: String,
        mode: String,
        owner: String,
    },
    Bits {
        mode: Option<String>,
        owner: Option<String>,
    },
}

impl FileValue {
    fn mode(&self) -> Option<u32> {
        match self {
            Self::Absent => None,
            Self::Whole { mode, .. } => u32::from_str_radix(mode, 8).ok(),
            Self::Bits { mode, .. } => u32::from_str_radix(mode.as_deref()?, 8).ok(),
        }
    }

    fn owner(&self) -> Option<Owner> {
        match self {
            Self::Absent => None,
            Self::Whole { owner, .. } => Owner::parse(owner),
            Self::Bits { owner, .. } => Owner::parse(owner.as_deref()?),
        }
    }
}

/// Reads permission bits as octal text: a zero, then three or four octal digits.
pub fn parse_mode(mode: &Sourced<Scalar>) -> Result<u32, Diagnostic> {
    let error = |shown: &str, hint: String| {
        Diagnostic::error(
            &mode.origin,
            format!("the mode {shown} is not octal text such as \"0644\""),
        )
        .hint(hint)
    };
    let text = match &mode.value {
        Scalar::Text(text) => text,
        Scalar::Integer(number) => {
            let octal = number.to_string();
            let hint = if octal.len() <= 4
                && octal
                    .bytes()
                    .all(|digit| digit.is_ascii_digit() && digit < b'8')
            {
                format!("write it in quotes, with a zero in front: mode: \"0{octal}\"")
            } else {
                "write it in quotes, with a zero in front: mode: \"0644\"".to_owned()
            };
            return Err(error(&octal, hint));
        }
        _ => return Err(error("given", "write mode: \"0644\"".to_owned())),
    };
    let digits = text.strip_prefix('0').unwrap_or_default();
    let octal = |digits: &str| {
        (3..=4).contains(&digits.len()) && digits.bytes().all(|digit| (b'0'..b'8').contains(&digit))
    };
    if octal(digits) {
        return u32::from_str_radix(digits, 8)
            .map_err(|_| error(text, "write mode: \"0644\"".to_owned()));
    }
    let bare = text.trim_start_matches("0o");
    let hint = if octal(bare) {
        format!("write mode: \"0{bare}\"")
    } else {
        "write mode: \"0644\"".to_owned()
    };
    Err(error(text, hint))
}

/// Reads `user`, `user:group` or numbers.
pub fn parse_owner(owner: &Sourced<String>) -> Result<Owner, Diagnostic> {
    Owner::parse(owner).ok_or_else(|| {
        Diagnostic::error(&owner.origin, format!("`{owner}` is not an owner"))
            .hint("write user, user:group or numbers, for example root:adm")
    })
}

/// Reads one file as written.
pub(super) fn declare(
    path: &Sourced<String>,
    file: &FileDeclaration,
    inputs: &dyn Inputs,
) -> Result<Setting, Diagnostic> {
    let place = parse_place(path)?;
    let mode = file.mode.as_ref().map(parse_mode).transpose()?;
    let mode = mode.map(|mode| format!("{mode:04o}"));
    let owner = file.owner.as_ref().map(parse_owner).transpose()?;
    let owner = owner.map(|owner| owner_text(&owner));
    let text = text_of(path, file, inputs)?;
    let value = match (text, file.absent) {
        (Some(text), false) => FileValue::Whole {
            text,
            mode: mode.unwrap_or_else(|| "0644".to_owned()),
            owner: owner.unwrap_or_else(|| "root:root".to_owned()),
        },
        (None, true) if mode.is_none() && owner.is_none() => FileValue::Absent,
        (None, false) if mode.is_some() || owner.is_some() => FileValue::Bits { mode, owner },
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
        kind: Kind::File,
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
pub(super) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, value) in all.iter().filter(|(name, _)| touched.contains(*name)) {
        let file: FileValue = typed(Kind::File, name, value)?;
        let path = place_of_name(name).map_err(|error| Refusal::Value {
            setting: Kind::File.key(name),
            reason: error.to_string(),
        })?;
        if matches!(file, FileValue::Whole { .. }) && ground.directory(&path) {
            return Err(Refusal::Directory {
                setting: Kind::File.key(name),
                path: path.to_string(),
            });
        }
        let (mode, owner) = (file.mode(), file.owner());
        actions.push(match file {
            FileValue::Absent => Action::Remove { path },
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

/// The bits are a subset; owner and content are the same where the mandatory value states them.
pub(super) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| typed::<FileValue>(Kind::File, name, value);
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
    let owner = mandatory.owner().is_none() || candidate.owner() == mandatory.owner();
    text && mode && owner
}

/// `/etc/issue: 42 bytes, mode 0644, owner root:root`.
pub(super) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let parts = match typed(Kind::File, name, value)? {
        FileValue::Absent => vec!["absent".to_owned()],
        FileValue::Whole { text, mode, owner } => vec![
            format!("{} bytes", text.len()),
            format!("mode {mode}"),
            format!("owner {owner}"),
        ],
        FileValue::Bits { mode, owner } => mode
            .map(|mode| format!("mode {mode}"))
            .into_iter()
            .chain(owner.map(|owner| format!("owner {owner}")))
            .collect(),
    };
    Ok(format!("{name}: {}", parts.join(", ")))
}
