//! Configuration files of systemd (systemd.syntax(7), e.g. journald.conf(5)).

use super::assigned::Assigned;
use crate::path::TreePath;
use crate::setting::contract::check::{Place, Unexamined};
use crate::setting::input::place::constant;
use crate::setting::root::layered::layered;
use crate::tree::Snapshot;

/// The folders of systemd's configuration, the first of which wins by name.
pub(super) const FOLDERS: [&str; 4] = [
    "/etc/systemd",
    "/run/systemd",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd",
];

/// The main file of a name: that of the first folder that has one.
pub(super) fn main_file(root: &Snapshot, name: &str) -> Option<TreePath> {
    let places = FOLDERS
        .iter()
        .map(|folder| constant(&format!("{folder}/{name}")));
    places.into_iter().find(|path| root.node(path).is_some())
}

/// The files that are read for a name, in their order; the later one wins.
pub(super) fn files(root: &Snapshot, name: &str) -> Vec<TreePath> {
    let folders: Vec<String> = FOLDERS
        .iter()
        .map(|folder| format!("{folder}/{name}.d"))
        .collect();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let main = main_file(root, name).into_iter();
    main.chain(layered(root, &folders, ".conf")).collect()
}

/// The value of a `section/key`; an empty one sets back what was set before.
pub(super) fn effective(
    root: &Snapshot,
    name: &str,
    key: &str,
) -> Result<Option<Assigned>, Unexamined> {
    let mut found = None;
    for path in files(root, name) {
        let text = root.text(&path)?.unwrap_or_default();
        if let Some(last) = assignments(&path, &text, key).pop() {
            found = Some(last);
        }
    }
    Ok(found)
}

/// Every assignment of a `section/key` in one text.
pub(super) fn assignments(path: &TreePath, text: &str, key: &str) -> Vec<Assigned> {
    let (section, key) = key.rsplit_once('/').unwrap_or(("", key));
    let mut current = String::new();
    let mut found = Vec::new();
    for (index, line) in logical_lines(text) {
        let line = line.trim_matches(is_space);
        if let Some(rest) = line.strip_prefix('[') {
            if let Some(name) = rest.strip_suffix(']') {
                name.clone_into(&mut current);
            }
            continue;
        }
        let Some((word, value)) = line.split_once('=') else {
            continue;
        };
        if current == section && word.trim_matches(is_space) == key {
            found.push(Assigned {
                value: value.trim_matches(is_space).to_owned(),
                place: Place::line(path, index),
            });
        }
    }
    found
}

fn is_space(character: char) -> bool {
    " \t\n\r".contains(character)
}

/// Lines without comments; one that ends in a backslash continues in the next line that is not a comment.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_start_matches(is_space);
        if line.starts_with(['#', ';']) || (line.is_empty() && open.is_none()) {
            continue;
        }
        let (start, mut whole) = open.take().unwrap_or((index, String::new()));
        let slashes = line.len() - line.trim_end_matches('\\').len();
        match slashes % 2 == 1 {
            true => {
                whole.push_str(line.strip_suffix('\\').unwrap_or(line));
                whole.push(' ');
                open = Some((start, whole));
            }
            false => {
                whole.push_str(line);
                lines.push((start, whole));
            }
        }
    }
    lines.extend(open);
    lines
}
