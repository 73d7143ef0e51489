//! The value of a key that the program of a configuration file would use.

use std::borrow::Cow;

use super::assigned::Assigned;
use super::program::Program;
use super::{security, shadow, sshd, systemd};
use crate::action::EditStyle;
use crate::path::TreePath;
use crate::setting::contract::check::{Place, Unexamined};
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

/// The files that may decide a key of a file, and whether each is a folder.
pub(super) fn files_of(path: &str) -> Vec<(TreePath, bool)> {
    let place = |path: &str| TreePath::parse(path).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut files = vec![(place(path), false)];
    let mut folder = |path: &str| files.push((place(path), true));
    match Program::of(path) {
        Program::Sshd | Program::Ssh => folder("/etc/ssh"),
        Program::Systemd => {
            for above in systemd::FOLDERS {
                folder(&format!("{above}/{name}.d"));
            }
            for above in systemd::FOLDERS {
                files.push((place(&format!("{above}/{name}")), false));
            }
        }
        Program::Faillock | Program::Quality => {
            folder(&format!("{path}.d"));
            security::STACKS.into_iter().for_each(folder);
        }
        Program::LoginDefs | Program::Useradd | Program::Other => {}
    }
    files
}

/// Whether a root has anything that decides the keys of a file.
pub(super) fn is_there(root: &Snapshot, path: &TreePath) -> Result<bool, Unexamined> {
    let shown = path.to_string();
    let name = shown.rsplit('/').next().unwrap_or_default();
    let own = root.followed(path).is_some();
    Ok(match Program::of(&shown) {
        Program::Systemd => own || !systemd::files(root, name).is_empty(),
        program @ (Program::Faillock | Program::Quality) => {
            own || security::files(root, path, program).len() > 1
                || !security::calls(root, program)?.is_empty()
        }
        _ => own,
    })
}

/// Tells whether a configuration takes in files beyond those that are known of every root
/// ([`is_configuration`](crate::setting::is_configuration)).
#[must_use]
pub fn configured_beyond(root: &Snapshot) -> bool {
    let main = [
        constant("/etc/ssh/sshd_config"),
        constant("/etc/ssh/ssh_config"),
    ];
    let folders = ["/etc/ssh/sshd_config.d", "/etc/ssh/ssh_config.d"].map(constant);
    let below = folders.iter().flat_map(|folder| root.children(folder));
    main.into_iter().chain(below).any(|path| {
        let text = root.text(&path).ok().flatten().unwrap_or_default();
        sshd::includes(&text).iter().any(|pattern| {
            let pattern = pattern.strip_prefix("/etc/ssh/").unwrap_or(pattern);
            !["sshd_config.d/", "ssh_config.d/"]
                .iter()
                .any(|known| pattern.starts_with(known))
        })
    })
}

/// The assignments that count; none for one where the program takes its own default.
///
/// There is one but for the modules of PAM, which every stack may call with arguments of its own.
pub(in crate::setting) fn effective(
    root: &Snapshot,
    path: &TreePath,
    style: EditStyle,
    key: &str,
) -> Result<Vec<Option<Assigned>>, Unexamined> {
    let shown = path.to_string();
    let name = shown.rsplit('/').next().unwrap_or_default();
    let text = || root.text(path).map(Option::unwrap_or_default);
    Ok(vec![match Program::of(&shown) {
        program @ (Program::Faillock | Program::Quality) => {
            return security::effective(root, path, program, key);
        }
        Program::Sshd => sshd::effective(root, path, key, true)?,
        Program::Ssh => sshd::effective(root, path, key, false)?,
        Program::Systemd => systemd::effective(root, name, key)?,
        Program::LoginDefs => shadow::login_defs(path, &text()?, key).pop(),
        Program::Useradd => shadow::useradd(path, &text()?, key).pop(),
        Program::Other => assignments(path, &text()?, style, key).pop(),
    }])
}

/// Every assignment of a key in one text, in its order.
///
/// In the style `ini` the key is `section/key`; in the style `space` lines below a `Match` do not
/// count, and keys are compared without regard to case.
pub(in crate::setting) fn assignments(
    path: &TreePath,
    text: &str,
    style: EditStyle,
    key: &str,
) -> Vec<Assigned> {
    let (section, bare) = match style {
        EditStyle::Ini => key.rsplit_once('/').unwrap_or(("", key)),
        EditStyle::Equals | EditStyle::Space | EditStyle::Policy => ("", key),
    };
    let mut current = "";
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let (EditStyle::Ini, Some(name)) = (style, header(line)) {
            current = name;
            continue;
        }
        let Some((word, value)) = assigned(line, style) else {
            continue;
        };
        let same = match style {
            EditStyle::Space if word.eq_ignore_ascii_case("match") => break,
            EditStyle::Space => word.eq_ignore_ascii_case(bare),
            EditStyle::Equals | EditStyle::Ini | EditStyle::Policy => word == bare,
        };
        if same && current == section {
            found.push(Assigned {
                value: value.into_owned(),
                place: Place::line(path, index),
            });
        }
    }
    found
}

fn header(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

fn assigned(line: &str, style: EditStyle) -> Option<(&str, Cow<'_, str>)> {
    if line.is_empty() || line.starts_with(['#', ';', '[']) {
        return None;
    }
    match style {
        EditStyle::Space => spaced(line).map(|(key, value)| (key, Cow::Borrowed(value))),
        EditStyle::Ini => {
            let (key, value) = line.split_once('=')?;
            Some((key.trim_end(), Cow::Borrowed(value.trim_start())))
        }
        EditStyle::Equals | EditStyle::Policy => {
            let line = line.strip_prefix("export ").unwrap_or(line);
            Some(match line.split_once('=') {
                Some((key, value)) => (key.trim_end(), unquoted(value.trim())),
                None => (line, Cow::Borrowed("")),
            })
        }
    }
}

/// `key value` or `key=value`, as sshd and login read it; none for a comment.
fn spaced(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line
        .find(|character: char| character.is_whitespace() || character == '=')
        .unwrap_or(line.len());
    let (key, rest) = line.split_at(end);
    let value = rest
        .trim_start()
        .strip_prefix('=')
        .unwrap_or_else(|| rest.trim_start());
    Some((key, value.trim().trim_matches('"')))
}

fn unquoted(value: &str) -> Cow<'_, str> {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| {
            let rest = rest.strip_suffix(quote)?;
            (!rest.contains(quote)).then_some(rest)
        });
        if let Some(inner) = inner {
            return match inner.contains('\\') && quote == '"' {
                true => Cow::Owned(inner.replace("\\\"", "\"").replace("\\$", "$")),
                false => Cow::Borrowed(inner),
            };
        }
    }
    Cow::Borrowed(value)
}
