//! Lines of other files that take precedence over a key that is set.

use std::collections::BTreeMap;

use super::effective::effective;
use super::program::Program;
use super::security::calls;
use super::target::Target;
use super::{sshd, systemd};
use crate::action::{Action, Edit, EditReader, EditStyle};
use crate::path::TreePath;
use crate::setting::contract::refusal::Refusal;

/// Takes away what would still win over the keys of a file whose own edit is done.
///
/// What cannot be taken away without more knowledge, such as a `Match` block, stays; the gate of
/// the build names it.
pub(super) fn neutralised(target: &mut Target<'_>) -> Result<Vec<Action>, Refusal> {
    let mut beaten = Vec::new();
    for (name, value) in &target.keys {
        let key = target.key(name);
        let found = effective(&target.root, &target.file, value.style, key)
            .map_err(|error| target.unreadable(&error))?;
        let met = |value: &super::declare::ConfigValue, found: &str| match &value.accept {
            Some(super::accept::Accept::Absent) => false,
            _ => value.satisfied_by(name, found),
        };
        let wrong = |one: &super::assigned::Assigned| !met(value, &one.value);
        if found.iter().flatten().any(wrong) {
            beaten.push(key.to_owned());
        }
    }
    match target.program {
        _ if beaten.is_empty() => Ok(Vec::new()),
        Program::Systemd => Ok(drop_ins(target, &beaten)),
        Program::Sshd => Ok(included(target, &beaten)),
        Program::Faillock | Program::Quality => arguments(target, &beaten),
        Program::Ssh | Program::LoginDefs | Program::Useradd | Program::Other => Ok(Vec::new()),
    }
}

/// Takes keys out of files beside the main one.
fn without(files: Vec<TreePath>, target: &Target<'_>, keys: &[String], edit: &Edit) -> Vec<Action> {
    let mut actions = Vec::new();
    for path in files {
        let Ok(Some(text)) = target.root.text(&path) else {
            continue;
        };
        let holds = |key: &&String| match edit.style {
            EditStyle::Ini => !systemd::assignments(&path, &text, key).is_empty(),
            _ => text
                .lines()
                .filter_map(sshd::keyword)
                .any(|(word, _)| word.eq_ignore_ascii_case(key)),
        };
        let removed: Vec<String> = keys.iter().filter(holds).cloned().collect();
        // A link leads to the file that is changed.
        let path = target
            .root
            .followed(&path)
            .map_or(path.clone(), |(path, _)| path);
        if !removed.is_empty() {
            let edit = Edit {
                removed,
                ..edit.clone()
            };
            actions.push(Action::Edit { path, edit });
        }
    }
    actions
}

fn drop_ins(target: &Target<'_>, keys: &[String]) -> Vec<Action> {
    let name = String::from_utf8_lossy(target.file.file_name()).into_owned();
    let mut files = systemd::files(&target.root, &name);
    files.retain(|path| *path != target.file);
    let edit = Edit {
        style: EditStyle::Ini,
        reader: None,
        values: Vec::new(),
        removed: Vec::new(),
        create: false,
    };
    without(files, target, keys, &edit)
}

/// Keys of which every line adds to the value, taken out of what the main file takes in.
fn included(target: &Target<'_>, keys: &[String]) -> Vec<Action> {
    let keys: Vec<String> = keys.iter().filter(|key| sshd::adds(key)).cloned().collect();
    let edit = Edit {
        style: EditStyle::Space,
        reader: Some(EditReader::Ssh),
        values: Vec::new(),
        removed: Vec::new(),
        create: false,
    };
    let text = target.root.text(&target.file).ok().flatten();
    let mut files = Vec::new();
    for pattern in text.map(|text| sshd::includes(&text)).unwrap_or_default() {
        files.extend(sshd::included(&target.root, &pattern));
    }
    files.dedup();
    without(files, target, &keys, &edit)
}

/// Takes arguments out of the lines of PAM, and the name of another file where that says otherwise.
fn arguments(target: &Target<'_>, keys: &[String]) -> Result<Vec<Action>, Refusal> {
    let found = calls(&target.root, target.program).map_err(|error| target.unreadable(&error))?;
    let mut texts: BTreeMap<TreePath, Vec<String>> = BTreeMap::new();
    for call in found {
        let own = |option: &&String| {
            let name = option.split('=').next().unwrap_or_default();
            name == "conf" || keys.iter().any(|key| key == name)
        };
        let wrong: Vec<&String> = call.options.iter().filter(own).collect();
        let path = call.place.path.clone();
        let path = target.root.followed(&path).map_or(path, |(path, _)| path);
        let Some(index) = call.place.line.filter(|_| !wrong.is_empty()) else {
            continue;
        };
        if !texts.contains_key(&path) {
            let text = target
                .root
                .text(&path)
                .map_err(|error| target.unreadable(&error.into()))?;
            let lines = text.unwrap_or_default();
            texts.insert(path.clone(), lines.lines().map(str::to_owned).collect());
        }
        let lines = texts.entry(path).or_default();
        // The options may stand on the lines that a backslash joins to the first.
        let mut line = usize::try_from(index).unwrap_or_default().saturating_sub(1);
        while let Some(text) = lines.get_mut(line) {
            *text = without_words(text, &wrong);
            line += 1;
            if !text.ends_with('\\') {
                break;
            }
        }
    }
    Ok(texts
        .into_iter()
        .filter_map(|(path, lines)| written(target, path, &lines))
        .collect())
}

fn without_words(line: &str, words: &[&String]) -> String {
    let (line, end) = match line.strip_suffix('\\') {
        Some(line) => (line, "\\"),
        None => (line, ""),
    };
    let mut kept = line.to_owned();
    for word in words {
        for blank in [' ', '\t'] {
            let inner = format!("{blank}{word}{blank}");
            kept = kept.replace(&inner, &blank.to_string());
            if let Some(rest) = kept.strip_suffix(&format!("{blank}{word}")) {
                kept = rest.to_owned();
            }
        }
    }
    kept + end
}

fn written(target: &Target<'_>, path: TreePath, lines: &[String]) -> Option<Action> {
    let node = target.root.node(&path)?;
    let text = crate::setting::root::rewrite::joined(lines);
    let number = crate::action::Id::Number;
    Some(Action::Write {
        content: crate::action::Content::Text(text.into()),
        mode: node.mode,
        owner: crate::action::Owner {
            user: number(node.uid),
            group: number(node.gid),
        },
        path,
    })
}
