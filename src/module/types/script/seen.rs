//! The files of the repository that a BlueBuild script sees.

use std::collections::BTreeSet;

use super::mentions::{Mentioned, mentioned};
use crate::action::{Mount, MountSource};
use crate::module::environment::FILES;
use crate::module::sources::{files_below, read};
use crate::module::surroundings::Surroundings;
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::Inputs;

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
