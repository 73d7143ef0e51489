//! Edits that set keys where they win.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::accept::Accept;
use super::declare::{ConfigValue, FIRST_OS_RELEASE, OS_RELEASE};
use super::effective::{effective, is_there};
use super::neutralise::neutralised;
use super::program::Program;
use super::systemd;
use super::target::Target;
use crate::action::{Action, Content, Edit, EditReader, EditStyle, Owner};
use crate::path::TreePath;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::place::{constant, place_of_name};
use crate::setting::root::edit::apply;
use crate::setting::root::rewrite::followed;

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
        let mut keys = Vec::new();
        for (name, value) in all.iter().filter(|(name, _)| file_of(name) == file) {
            let value: ConfigValue = typed(Kind::CONFIG, name, value)?;
            keys.push((name.as_str(), value));
        }
        let own = |name: &&String| file_of(name) == file && all.contains_key(*name);
        let first = touched.iter().find(own).map(|name| Kind::CONFIG.key(name));
        actions.extend(one_file(&file, &first.unwrap_or_default(), keys, ground)?);
    }
    Ok(actions)
}

/// The file that decides: `/etc/os-release` goes before the other (os-release(5)), whether it is a
/// link to it or a file of its own.
fn counting(path: TreePath, ground: &mut dyn Ground) -> TreePath {
    let first = constant(FIRST_OS_RELEASE);
    let decides = path == constant(OS_RELEASE)
        && (ground.link(&first).is_some() || matches!(ground.text(&first), Ok(Some(_))));
    if decides { first } else { path }
}

fn one_file(
    file: &str,
    first: &str,
    keys: Vec<(&str, ConfigValue)>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let named = place_of_name(file).map_err(|error| Refusal::Value {
        setting: first.to_owned(),
        reason: error.to_string(),
    })?;
    let named = counting(named, ground);
    let path = followed(named.clone(), ground);
    let text = ground.text(&path).map_err(|reason| Refusal::Unreadable {
        setting: first.to_owned(),
        path: path.to_string(),
        reason,
    })?;
    let mut root = ground.configuration();
    if let Some(text) = &text {
        root.put_text(&path, text);
    }
    let mut target = Target {
        program: Program::of(file),
        file: named,
        keys,
        root,
    };
    let edit = edit_of(&target)?;
    let there = is_there(&target.root, &target.file).map_err(|error| target.unreadable(&error))?;
    if text.is_none() && !edit.create && !there {
        if target.keys.iter().all(|(_, value)| value.optional) {
            return Ok(Vec::new());
        }
        return Err(Refusal::MissingFile {
            setting: first.to_owned(),
            path: path.to_string(),
        });
    }
    let mut actions = Vec::new();
    if !edit.values.is_empty() || !edit.removed.is_empty() {
        let before = match &text {
            Some(text) => text.clone(),
            None => vendors(&target),
        };
        target.root.put_text(&path, &apply(&edit, &before));
        actions.push(match text.is_some() || edit.create && before.is_empty() {
            true => Action::Edit { path, edit },
            false => Action::Write {
                path,
                content: Content::Text(apply(&edit, &before).into()),
                mode: 0o644,
                owner: Owner::default(),
            },
        });
    }
    actions.extend(neutralised(&mut target)?);
    Ok(actions)
}

/// What the main file of a vendor says, which one in /etc hides.
fn vendors(target: &Target<'_>) -> String {
    let name = String::from_utf8_lossy(target.file.file_name()).into_owned();
    let main = match target.program {
        Program::Systemd => systemd::main_file(&target.root, &name),
        _ => None,
    };
    let text = main.and_then(|path| Some(target.root.text(&path).ok()??.into_owned()));
    text.unwrap_or_default()
}

fn edit_of(target: &Target<'_>) -> Result<Edit, Refusal> {
    let mut first: Option<(&str, EditStyle)> = None;
    let mut values = Vec::new();
    let mut removed = Vec::new();
    let mut create = false;
    for (name, stored) in &target.keys {
        let (by, style) = *first.get_or_insert((name, stored.style));
        if stored.style != style {
            return Err(Refusal::Styles {
                setting: Kind::CONFIG.key(name),
                path: target.file.to_string(),
                style: format!("{:?}", stored.style).to_lowercase(),
                other: format!("{style:?}").to_lowercase(),
                by: Kind::CONFIG.key(by),
            });
        }
        create |= stored.create;
        let key = target.key(name);
        let held = effective(&target.root, &target.file, style, key)
            .map_err(|error| target.unreadable(&error))?;
        if stored.accept == Some(Accept::Absent) {
            removed.extend(held.iter().any(Option::is_some).then(|| key.to_owned()));
            continue;
        }
        let accepted = |one: &Option<_>| {
            let one: &Option<super::assigned::Assigned> = one;
            one.as_ref()
                .is_some_and(|one| stored.takes(name, &one.value))
        };
        // What is there may be stricter than what would be written.
        if held.iter().all(accepted) {
            continue;
        }
        let text = match &stored.value {
            // An edit writes a key alone when its value is empty.
            Some(text) if text.is_empty() && style == EditStyle::Equals => "\"\"".to_owned(),
            Some(text) => text.clone(),
            None => String::new(),
        };
        values.push((key.to_owned(), text));
    }
    Ok(Edit {
        style: first.map_or(EditStyle::Equals, |(_, style)| style),
        reader: reader(target.program),
        values,
        removed,
        create,
    })
}

fn reader(program: Program) -> Option<EditReader> {
    match program {
        Program::Sshd | Program::Ssh => Some(EditReader::Ssh),
        Program::Faillock | Program::Quality => Some(EditReader::Security),
        Program::LoginDefs => Some(EditReader::LoginDefs),
        Program::Useradd => Some(EditReader::Useradd),
        Program::Systemd | Program::Other => None,
    }
}
