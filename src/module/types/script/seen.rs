//! The files of the repository that a command sees.

use std::collections::{BTreeMap, BTreeSet};

use crate::module::environment::FILES;
use super::mentions::{Mentioned, mentioned};
use crate::action::{Input, Mount, MountSource};
use crate::module::surroundings::Surroundings;
use crate::origin::{Diagnostic, Origin, Sourced};
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

fn read(
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

/// What a script or snippet of a BlueBuild recipe sees at `/tmp/files`.
pub(super) struct Seen<'a> {
    inputs: &'a dyn Inputs,
    folder: Sourced<String>,
    paths: Vec<String>,
}

impl<'a> Seen<'a> {
    /// Lists `files/`.
    pub(super) fn of(around: &Surroundings<'a>) -> Result<Self, Diagnostic> {
        let folder = Sourced::new(".".to_owned(), around.origin.clone());
        Ok(Self {
            inputs: around.inputs,
            paths: files_below(around.inputs, &folder)?,
            folder,
        })
    }

    /// The mount for a text, and for the script that holds it.
    ///
    /// Scripts that it mentions are read too. All of `scripts/` may be executed, as in BlueBuild.
    pub(super) fn mount(
        &self,
        text: Option<&str>,
        script: Option<&str>,
    ) -> Result<Mount, Diagnostic> {
        let mut chosen: BTreeSet<String> = script.map(str::to_owned).into_iter().collect();
        let mut next: Vec<String> = text.map(str::to_owned).into_iter().collect();
        let mut all = text.is_none();
        while let (false, Some(text)) = (all, next.pop()) {
            match mentioned(&text, &self.paths) {
                Mentioned::All => all = true,
                Mentioned::Some(paths) => {
                    for path in paths {
                        if chosen.insert(path.clone()) {
                            next.extend(self.text_of_script(&path));
                        }
                    }
                }
            }
        }
        if all {
            chosen.extend(self.paths.iter().cloned());
        }
        let mut files = read(self.inputs, &self.folder, &chosen)?;
        for (path, input) in &mut files {
            input.executable |= path.starts_with("scripts/");
        }
        Ok(Mount {
            target: FILES.to_owned(),
            source: MountSource::Inputs(files),
            read_only: false,
        })
    }

    /// The text of a file that is a script itself.
    fn text_of_script(&self, path: &str) -> Option<String> {
        let ends = [".sh", ".bash", ".nu", ".py", ".pl"];
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.contains('.') && !ends.iter().any(|end| name.ends_with(end)) {
            return None;
        }
        let place = Sourced::new(path.to_owned(), Origin::of_file(path));
        let input = self.inputs.file(&place).ok()?;
        let text = self.inputs.text(&input).ok()?;
        let script = text.starts_with("#!") || ends.iter().any(|end| name.ends_with(end));
        script.then_some(text)
    }
}
