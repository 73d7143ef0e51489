//! Copies of files and folders of the repository.

use std::collections::BTreeSet;

use crate::action::{Action, Content, Input, Owner};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;
use crate::setting::{InputNode, refuse_record};

/// Name of the files that only make git keep a folder; never copied.
const GITKEEP: &str = ".gitkeep";

/// How files are copied.
pub(in crate::module) struct Copy<'a> {
    pub(in crate::module) around: Surroundings<'a>,
    pub(in crate::module) mode: Option<u32>,
    pub(in crate::module) owner: Option<Owner>,
}

impl<'a> Copy<'a> {
    /// Copies as root's files, executable where the repository's are.
    pub(in crate::module) fn plain(around: &Surroundings<'a>) -> Self {
        Self {
            around: *around,
            mode: None,
            owner: None,
        }
    }

    /// Copies what a folder holds into a directory of the image; links stay links.
    pub(in crate::module) fn folder(
        &self,
        source: &Sourced<String>,
        destination: &TreePath,
        compiled: &mut Compiled,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut nodes = self
            .around
            .inputs
            .tree(source)
            .map_err(|diagnostic| vec![diagnostic])?;
        nodes.retain(|(path, _)| path.rsplit('/').next() != Some(GITKEEP));
        let mut wrong = Vec::new();
        let before = compiled.actions.len();
        let filled: BTreeSet<&str> = nodes
            .iter()
            .filter_map(|(path, _)| path.rsplit_once('/').map(|(folder, _)| folder))
            .collect();
        for (path, node) in &nodes {
            if filled.contains(path.as_str()) {
                // A directory is made by what it holds; where the image has a link to a directory
                // in its place, that link then stays.
                continue;
            }
            let place = match below(destination, path, &source.origin)
                .and_then(|place| refuse_record(&place, &source.origin).map(|()| place))
            {
                Ok(place) => place,
                Err(diagnostic) => {
                    wrong.push(diagnostic);
                    continue;
                }
            };
            compiled.actions.push(match node {
                InputNode::Directory => directory(place),
                InputNode::File(input) => self.file(place, input.clone()),
                InputNode::Link(target) => Action::Link {
                    path: place,
                    target: target.clone(),
                },
            });
        }
        let made = compiled.actions.len() > before || destination.is_root();
        if !made && wrong.is_empty() {
            compiled.actions.push(directory(destination.clone()));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Copies one file.
    pub(in crate::module) fn file(&self, path: TreePath, input: Input) -> Action {
        let mode = if input.executable { 0o755 } else { 0o644 };
        Action::Write {
            path,
            mode: self.mode.unwrap_or(mode),
            owner: self.owner.clone().unwrap_or_default(),
            content: Content::Input(input),
        }
    }
}

fn directory(path: TreePath) -> Action {
    Action::Directory {
        path,
        mode: None,
        owner: None,
    }
}

/// A path below a directory of the image.
pub(in crate::module) fn below(
    folder: &TreePath,
    relative: &str,
    origin: &Origin,
) -> Result<TreePath, Diagnostic> {
    folder
        .join(relative.as_bytes())
        .map_err(|error| Diagnostic::error(origin, error.to_string()).hint("use a shorter name"))
}
