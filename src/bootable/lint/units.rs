//! Units of systemd: where they stand, what is enabled, and what they run.

use std::collections::BTreeMap;

use super::ini::{self, Line};
use super::root::{Root, constant};
use crate::path::TreePath;
use crate::setting::{Loaded, load_unit, unit_drop_ins};
use crate::tree::NodeKind;

/// Folders of system units, the first that has one wins (systemd.unit(5)).
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Ends of folders with links to units that are started.
const STARTED: [&str; 3] = [".wants", ".requires", ".upholds"];

/// Tells whether a folder is one of links to units that are started.
pub(super) fn is_started_by(folder: &TreePath) -> bool {
    let name = folder.file_name();
    STARTED.iter().any(|end| name.ends_with(end.as_bytes()))
}

/// The system units that something starts, each with one link that says so.
pub(super) fn enabled(root: &Root) -> BTreeMap<String, TreePath> {
    let mut found = BTreeMap::new();
    for folder in FOLDERS {
        for wanting in root.files_in(folder, "") {
            if !is_started_by(&wanting) {
                continue;
            }
            for link in root.files.children(&wanting) {
                let name = String::from_utf8_lossy(link.file_name()).into_owned();
                found.entry(name).or_insert(link);
            }
        }
    }
    found
}

/// The file of a unit, which may be that of its template; none when the unit is masked or missing.
fn file_of(root: &Root, name: &str) -> Option<TreePath> {
    let names = [Some(name.to_owned()), template(name)];
    let mut found = names
        .into_iter()
        .flatten()
        .map(|name| load_unit(&root.files, &FOLDERS, &name));
    match found.find(|found| *found != Loaded::Nothing)? {
        Loaded::Fragment(path) => Some(path),
        Loaded::Masked(_) | Loaded::Nothing => None,
    }
}

/// Tells whether a unit of that name is there, masked or not.
pub(super) fn is_known(root: &Root, name: &str) -> bool {
    let names = [Some(name.to_owned()), template(name)];
    let mut names = names.into_iter().flatten();
    names.any(|name| {
        let paths = FOLDERS.iter().filter_map(|folder| {
            let path = constant(folder).join(name.as_bytes());
            path.ok()
        });
        let mut found = paths.filter_map(|path| root.files.node(&path));
        found.any(|node| node.kind != NodeKind::Directory)
    })
}

/// The assignments of a unit and of its drop-ins, in the order in which they count.
pub(super) fn lines_of(root: &Root, name: &str) -> Option<Vec<Line>> {
    let file = file_of(root, name)?;
    let mut lines = ini::lines(&root.text_at(&file)?);
    for path in unit_drop_ins(&root.files, &FOLDERS, name) {
        lines.extend(ini::lines(&root.text_at(&path).unwrap_or_default()));
    }
    Some(lines)
}

/// `name@.service` of `name@instance.service`.
fn template(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    let (_, kind) = rest.rsplit_once('.')?;
    Some(format!("{prefix}@.{kind}"))
}
