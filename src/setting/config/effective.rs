//! The value of a key that the program of a configuration file would use.

use std::borrow::Cow;

use crate::action::EditStyle;
use crate::path::TreePath;
use crate::setting::check::{Place, Unexamined, layered};
use crate::tree::Snapshot;

/// One assignment of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setting) struct Assigned {
    /// The value; empty for a key that stands alone.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}

/// How the program of a file takes further files in.
enum Inclusion {
    /// `Include` lines stand for the files that they name, and the first value counts (sshd_config(5)).
    FirstWins,
    /// Drop-ins of `NAME.d` beside it and in the vendor's folders count after it (systemd's
    /// configuration files, e.g. journald.conf(5)).
    DropInsWin,
    /// Drop-ins of `NAME.d` are read before it, so that the file itself counts (pwquality.conf(5)).
    FileWins,
    /// It stands alone; the last value counts.
    Alone,
}

/// The folders of systemd's configuration, the first of which wins by name.
const SYSTEMD: [&str; 4] = [
    "/etc/systemd",
    "/run/systemd",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd",
];

fn inclusion(path: &str) -> Inclusion {
    if path == "/etc/ssh/sshd_config" || path == "/etc/ssh/ssh_config" {
        Inclusion::FirstWins
    } else if path.starts_with("/etc/systemd/") {
        Inclusion::DropInsWin
    } else if path == "/etc/security/pwquality.conf" {
        Inclusion::FileWins
    } else {
        Inclusion::Alone
    }
}

/// The files that may decide a key of a file.
pub(super) fn files_of(path: &str) -> Vec<(TreePath, bool)> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut files = vec![(constant_or_root(path), false)];
    match inclusion(path) {
        Inclusion::FirstWins | Inclusion::FileWins => {
            files.push((constant_or_root(&format!("{path}.d")), true));
        }
        Inclusion::DropInsWin => files.extend(
            SYSTEMD
                .iter()
                .map(|folder| (constant_or_root(&format!("{folder}/{name}.d")), true)),
        ),
        Inclusion::Alone => {}
    }
    files
}

fn constant_or_root(path: &str) -> TreePath {
    TreePath::parse(path).unwrap_or_default()
}

/// The assignment that counts; none when the key is nowhere, or the file is not there.
pub(super) fn effective(
    root: &Snapshot,
    path: &TreePath,
    style: EditStyle,
    key: &str,
) -> Result<Option<Assigned>, Unexamined> {
    let shown = path.to_string();
    let own = |path: &TreePath| -> Result<Vec<Assigned>, Unexamined> {
        Ok(match root.text(path)? {
            Some(text) => assignments(path, &text, style, key),
            None => Vec::new(),
        })
    };
    let name = shown.rsplit('/').next().unwrap_or_default();
    match inclusion(&shown) {
        Inclusion::Alone => Ok(own(path)?.pop()),
        Inclusion::FirstWins => first(root, path, key, 0),
        Inclusion::FileWins => {
            if let Some(found) = own(path)?.pop() {
                return Ok(Some(found));
            }
            last_of(&layered(root, &[&format!("{shown}.d")], ".conf"), own)
        }
        Inclusion::DropInsWin => {
            let folders: Vec<String> = SYSTEMD
                .iter()
                .map(|folder| format!("{folder}/{name}.d"))
                .collect();
            let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
            match last_of(&layered(root, &folders, ".conf"), own)? {
                Some(found) => Ok(Some(found)),
                None => Ok(own(path)?.pop()),
            }
        }
    }
}

fn last_of(
    files: &[TreePath],
    read: impl Fn(&TreePath) -> Result<Vec<Assigned>, Unexamined>,
) -> Result<Option<Assigned>, Unexamined> {
    for path in files.iter().rev() {
        if let Some(found) = read(path)?.pop() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Most files that take each other in.
const MAX_DEPTH: usize = 16;

/// The first value, `Include` lines followed where they stand, up to the first `Match`.
fn first(
    root: &Snapshot,
    path: &TreePath,
    key: &str,
    depth: usize,
) -> Result<Option<Assigned>, Unexamined> {
    let Some(text) = root.text(path)?.filter(|_| depth < MAX_DEPTH) else {
        return Ok(None);
    };
    for (index, line) in text.lines().enumerate() {
        let Some((word, value)) = spaced(line) else {
            continue;
        };
        if word.eq_ignore_ascii_case("match") {
            break;
        }
        if word.eq_ignore_ascii_case("include") {
            for pattern in value.split_whitespace() {
                for file in included(root, pattern) {
                    if let Some(found) = first(root, &file, key, depth + 1)? {
                        return Ok(Some(found));
                    }
                }
            }
        } else if word.eq_ignore_ascii_case(key) {
            return Ok(Some(Assigned {
                value: value.to_owned(),
                place: Place::line(path, index),
            }));
        }
    }
    Ok(None)
}

/// The files that an `Include` names, whose last component may be a pattern.
fn included(root: &Snapshot, pattern: &str) -> Vec<TreePath> {
    let full = match pattern.starts_with('/') {
        true => Cow::Borrowed(pattern),
        false => Cow::Owned(format!("/etc/ssh/{pattern}")),
    };
    let Some((folder, name)) = full.rsplit_once('/') else {
        return Vec::new();
    };
    let fits = |path: &TreePath| {
        crate::setting::glob::matches(name, &String::from_utf8_lossy(path.file_name()))
    };
    let below = root.children(&constant_or_root(folder)).into_iter();
    below.filter(fits).collect()
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
