//! What lies below a folder of the repository.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::Input;
use crate::origin::{Diagnostic, Sourced};
use crate::setting::{Inputs, Listed};

/// Deepest nesting of folders.
const MAX_DEPTH: usize = 64;

/// The paths of all files and links below a folder, sorted; none where there is no such folder.
pub(in crate::module) fn files_below(
    inputs: &dyn Inputs,
    folder: &Sourced<String>,
) -> Result<Vec<String>, Diagnostic> {
    let mut found = Vec::new();
    if inputs.is_folder(folder) {
        walk(inputs, folder, ("", 0), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn walk(
    inputs: &dyn Inputs,
    top: &Sourced<String>,
    (below, depth): (&str, usize),
    found: &mut Vec<String>,
) -> Result<(), Diagnostic> {
    if depth > MAX_DEPTH {
        let message = format!("`{top}` has folders more than {MAX_DEPTH} deep");
        return Err(Diagnostic::error(&top.origin, message));
    }
    let folder = top.clone().map(|top| join(&top, below));
    for (name, kind) in inputs.list(&folder)? {
        let path = join(below, &name);
        match kind {
            Listed::Directory => walk(inputs, top, (&path, depth + 1), found)?,
            Listed::File | Listed::Link(_) => found.push(path),
        }
    }
    Ok(())
}

/// Joins a folder and what is below it; an empty folder is the top.
pub(in crate::module) fn join(folder: &str, below: &str) -> String {
    match (folder.trim_end_matches('/'), below) {
        ("" | ".", "") => ".".to_owned(),
        ("" | ".", below) => below.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, below) => format!("{folder}/{below}"),
    }
}

/// Everything below a folder as the files of a mount; links are what they name, and one that names
/// no file of the repository is left out.
pub(in crate::module) fn whole(
    inputs: &dyn Inputs,
    folder: &Sourced<String>,
) -> Result<BTreeMap<String, Input>, Diagnostic> {
    let paths = files_below(inputs, folder)?;
    let chosen: BTreeSet<String> = paths.into_iter().collect();
    read(inputs, folder, &chosen)
}

/// The files of a folder by their paths in it; links are what they name.
pub(in crate::module) fn read(
    inputs: &dyn Inputs,
    folder: &Sourced<String>,
    paths: &BTreeSet<String>,
) -> Result<BTreeMap<String, Input>, Diagnostic> {
    let mut files = BTreeMap::new();
    for path in paths {
        let place = folder.clone().map(|folder| join(&folder, path));
        match inputs.file(&place) {
            Ok(input) => drop(files.insert(path.clone(), input)),
            Err(_) if is_link(inputs, &place) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(files)
}

fn is_link(inputs: &dyn Inputs, place: &Sourced<String>) -> bool {
    let (folder, name) = place.rsplit_once('/').unwrap_or((".", place));
    let folder = Sourced::new(folder.to_owned(), place.origin.clone());
    let listed = inputs.list(&folder).unwrap_or_default();
    listed
        .iter()
        .any(|(listed, kind)| listed == name && matches!(kind, Listed::Link(_)))
}
