//! Kernel parameters, in one file of sysctl.d.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::check::{Checked, Place, Reads, Unexamined, constant, layered};
use super::error::{Refusal, examined, typed};
use super::glob::matches;
use super::kind::{Kind, Setting};
use super::scalar::Scalar;
use crate::action::{Action, Content, Owner};
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::tree::Snapshot;

/// Where all kernel parameters are written; late in the order, so that distributions' files lose.
const SYSCTL_FILE: &str = "/usr/lib/sysctl.d/99-terroir.conf";

const HEADER: &str = "\
# Written by terroir from the settings of this image; `terroir explain` tells where each comes from.
# To override on one machine, put a file of the same name, or a later one, into /etc/sysctl.d.
";

/// Reads one parameter as written.
pub(super) fn declare(key: &Sourced<String>, value: &Scalar) -> Result<Setting, Diagnostic> {
    let name = canonical_key(key)?;
    let text = value.text_or_integer().map_err(|hint| {
        Diagnostic::error(&key.origin, format!("`{key}` needs a number or a text")).hint(hint)
    })?;
    if text.contains(['\n', '\0']) {
        return Err(Diagnostic::error(
            &key.origin,
            format!("the value of `{key}` is longer than one line"),
        )
        .hint("write several numbers with spaces between them"));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err(
            Diagnostic::error(&key.origin, format!("the value of `{key}` is empty"))
                .hint("write a value, or drop the line"),
        );
    }
    Ok(Setting {
        kind: Kind::Sysctl,
        name,
        value: Value::from(text),
        origin: key.origin.clone(),
    })
}

/// The dotted spelling that sysctl(8) prints: in `net/ipv4/conf/eth0.100/forwarding` the slashes
/// separate, so it becomes `net.ipv4.conf.eth0/100.forwarding` (sysctl.d(5)).
fn canonical_key(key: &Sourced<String>) -> Result<String, Diagnostic> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:*?@".contains(&byte);
    let wrong = |words: &str| {
        Diagnostic::error(
            &key.origin,
            format!("`{key}` is not the name of a kernel parameter: {words}"),
        )
        .hint("write it as sysctl prints it, for example net.ipv4.ip_forward")
    };
    if !key.bytes().all(known) {
        return Err(wrong("it holds a character that no parameter has"));
    }
    let Some(first) = key.chars().find(|character| "./".contains(*character)) else {
        return Err(wrong("it has no dot"));
    };
    if key.split(first).any(str::is_empty) {
        return Err(wrong("a part between two dots is empty"));
    }
    if key.starts_with('-') {
        return Err(wrong("it begins with a dash"));
    }
    Ok(dotted(key))
}

/// The dotted spelling of a parameter whose first separator may be a slash (sysctl.d(5)).
fn dotted(key: &str) -> String {
    if key.find('/').unwrap_or(key.len()) > key.find('.').unwrap_or(key.len()) {
        return key.to_owned();
    }
    let swapped = |character| match character {
        '/' => '.',
        '.' => '/',
        other => other,
    };
    key.chars().map(swapped).collect()
}

/// Writes every parameter into one file.
pub(super) fn render(all: &BTreeMap<String, Value>) -> Result<Vec<Action>, Refusal> {
    let mut text = HEADER.to_owned();
    for (name, value) in all {
        let value: String = typed(Kind::Sysctl, name, value)?;
        let _ = writeln!(text, "{name} = {value}");
    }
    Ok(vec![written(SYSCTL_FILE, &text)])
}

/// The action that writes a text file of ours, readable by all and owned by root.
pub(super) fn written(path: &str, text: &str) -> Action {
    Action::Write {
        path: TreePath::parse(path).expect("a constant path is valid"),
        content: Content::Text(text.into()),
        mode: 0o644,
        owner: Owner::default(),
    }
}

/// `net.ipv4.ip_forward = 0`.
pub(super) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let value: String = typed(Kind::Sysctl, name, value)?;
    Ok(format!("{name} = {value}"))
}

/// The folders that systemd-sysctl reads, the first of which wins by name (sysctl.d(5)).
const FOLDERS: [&str; 5] = [
    "/etc/sysctl.d",
    "/run/sysctl.d",
    "/usr/local/lib/sysctl.d",
    "/usr/lib/sysctl.d",
    "/lib/sysctl.d",
];

/// Compares the value that boot would set last; a value that a pattern sets counts less than one
/// that is set by name.
pub(super) fn check(name: &str, value: &Value, root: &Snapshot) -> Result<Checked, Unexamined> {
    let demanded: String = examined(Kind::Sysctl, name, value)?;
    let (mut by_name, mut by_pattern) = (None, None);
    for path in layered(root, &FOLDERS, ".conf") {
        let Some(text) = root.text(&path)? else {
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            let Some((key, value)) = assigned(line) else {
                continue;
            };
            let found = || (value.clone(), Place::line(&path, index));
            if key == name {
                by_name = Some(found());
            } else if key.contains('*') && matches(&key, name) {
                by_pattern = Some(found());
            }
        }
    }
    Ok(match by_name.or(by_pattern) {
        None => Checked::unmet("no file sets it; the kernel's own default holds", None),
        Some((value, place)) => {
            Checked::when(value == demanded, format!("{name} = {value}"), Some(place))
        }
    })
}

/// `key = value` of a line, the key in its dotted spelling; none for anything else.
fn assigned(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    let (key, value) = line.trim_start_matches('-').split_once('=')?;
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    Some((dotted(key.trim()), value))
}

/// All files of all folders.
pub(super) fn reads() -> Vec<Reads> {
    let folders = FOLDERS.iter().map(|folder| Reads::below(folder));
    // Debian's folder has a link to it.
    folders
        .chain([Reads::At(constant("/etc/sysctl.conf"))])
        .collect()
}
