//! Configuration files of systemd (systemd.syntax(7), e.g. journald.conf(5)).

use super::assigned::Assigned;
use crate::path::TreePath;
use crate::setting::contract::check::{Place, Unexamined};
use crate::setting::input::place::constant;
use crate::setting::root::layered::layered;
use crate::setting::systemd::unit;
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
    let all = unit::assignments(text, section).into_iter();
    let of_key = all.filter(|(_, word, _)| word == key);
    of_key
        .map(|(index, _, value)| Assigned {
            value,
            place: Place::line(path, index),
        })
        .collect()
}
