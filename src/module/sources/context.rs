//! Files of the repository that an instruction copies, and where each goes.

use super::directory::is_directory;
use super::ignore::Ignore;
use super::listing::whole;
use super::pattern::{is_pattern, name_matches};
use crate::action::{Action, Content, Input, Owner};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::{Inputs, Listed, refuse_record};

/// A folder of the repository that is copied from.
pub(in crate::module) struct Context<'a> {
    inputs: &'a dyn Inputs,
    folder: &'a str,
    ignore: Ignore,
}

/// Where copies go, and what they are like.
#[derive(Clone, Debug)]
pub(in crate::module) struct Target {
    /// The absolute path; a folder when it ends in a slash.
    pub destination: Sourced<String>,
    /// Permission bits; else 0755 for what its owner may execute and 0644 for the rest.
    pub mode: Option<u32>,
    /// Who owns the copies, and what has to be made for them; root when absent.
    pub owner: Option<Owner>,
    /// Whether folders that are copied get owner and mode as files do, those that are there too.
    pub folders: bool,
}

impl Target {
    /// Where an instruction copies to.
    pub(in crate::module) fn new(
        destination: Sourced<String>,
        mode: Option<u32>,
        owner: Option<Owner>,
    ) -> Self {
        Self {
            destination,
            mode,
            owner,
            folders: true,
        }
    }

    fn is_folder(&self) -> bool {
        self.destination.ends_with('/')
    }

    /// Makes what is missing above the destination, where an owner is stated for it.
    pub(in crate::module) fn make_above(&self, compiled: &mut Compiled) -> Result<(), Diagnostic> {
        let destination = parse(&self.destination)?;
        let above = match self.is_folder() {
            true => Some(destination),
            false => destination.parent(),
        };
        self.make(above, compiled);
        Ok(())
    }

    fn make(&self, folder: Option<TreePath>, compiled: &mut Compiled) {
        let folder = folder.filter(|folder| !folder.is_root());
        if let (Some(owner), Some(path)) = (&self.owner, folder) {
            let owner = owner.clone();
            compiled.actions.push(Action::Folder { path, owner });
        }
    }
}

impl<'a> Context<'a> {
    /// The folder that the project's Containerfiles copy from.
    pub(in crate::module) fn of_project(around: &Surroundings<'a>) -> Result<Self, Diagnostic> {
        Ok(Self {
            inputs: around.root,
            folder: around.run.project,
            ignore: Ignore::of(around.root, around.run.project)?,
        })
    }

    /// The files of an entry, by paths as its other keys write them.
    pub(in crate::module) fn of_entry(around: &Surroundings<'a>) -> Self {
        Self {
            inputs: around.inputs,
            folder: "",
            ignore: Ignore::default(),
        }
    }

    /// The files that a source names: itself, or all that fit its pattern.
    pub(in crate::module) fn find(
        &self,
        source: &Sourced<String>,
    ) -> Result<Vec<Sourced<String>>, Diagnostic> {
        let path = source.trim_start_matches('/').trim_start_matches("./");
        let path = path.trim_end_matches('/');
        let nothing = |why: &str| Diagnostic::error(&source.origin, format!("`{source}` {why}"));
        if !is_pattern(path) {
            let found = source.clone().map(|_| path.to_owned());
            let place = found.clone().map(|path| self.place(&path));
            let whole = self.ignore.is_final() || !self.inputs.is_folder(&place);
            if !path.is_empty() && self.ignore.ignores(path) && whole {
                return Err(nothing("is left out by the ignore file")
                    .hint("take it back in with a line `!` and its path in .containerignore"));
            }
            return Ok(vec![found]);
        }
        let mut found = vec![String::new()];
        for part in path.split('/') {
            let mut next = Vec::new();
            for folder in found {
                if !is_pattern(part) {
                    next.push(below(&folder, part));
                    continue;
                }
                let place = source.clone().map(|_| self.place(&folder));
                if !self.inputs.is_folder(&place) {
                    continue;
                }
                let names = self.inputs.list(&place)?.into_iter();
                let fitting = names.filter(|(name, _)| name_matches(part, name));
                next.extend(fitting.map(|(name, _)| below(&folder, &name)));
            }
            found = next;
        }
        found.retain(|path| !self.ignore.ignores(path) && self.exists(source, path));
        if found.is_empty() {
            return Err(nothing("matches nothing").hint("patterns are relative to the repository"));
        }
        Ok(found
            .into_iter()
            .map(|path| source.clone().map(|_| path))
            .collect())
    }

    fn exists(&self, source: &Sourced<String>, path: &str) -> bool {
        let place = source.clone().map(|_| self.place(path));
        self.inputs.is_folder(&place) || self.inputs.file(&place).is_ok()
    }

    fn place(&self, path: &str) -> String {
        match below(self.folder, path) {
            place if place.is_empty() => ".".to_owned(),
            place => place,
        }
    }

    /// Copies one file, or what one folder holds.
    pub(in crate::module) fn copy(
        &self,
        found: &Sourced<String>,
        target: &Target,
        compiled: &mut Compiled,
    ) -> Result<(), Diagnostic> {
        let destination = parse(&target.destination)?;
        let place = found.clone().map(|path| self.place(&path));
        if self.inputs.is_folder(&place) {
            target.make(Some(destination.clone()), compiled);
            let before = compiled.actions.len();
            self.folder(found, &destination, target, compiled)?;
            if compiled.actions.len() == before && !destination.is_root() {
                compiled.actions.push(directory(destination));
            }
            return Ok(());
        }
        let name = found.rsplit('/').next().unwrap_or(found);
        if target.is_folder() || is_directory(&destination, compiled) {
            let place = join(&destination, name, target)?;
            target.make(Some(destination), compiled);
            compiled.actions.push(self.file(found, place, target)?);
            return Ok(());
        }
        // Only the root tells whether the destination is a folder.
        join(&destination, name, target)?;
        let action = match self.file(found, destination, target)? {
            Action::Write {
                path,
                content,
                mode,
                owner,
            } => Action::Put {
                path,
                name: name.to_owned(),
                content,
                mode,
                owner,
            },
            other => other,
        };
        compiled.actions.push(action);
        Ok(())
    }

    /// The file at a path, if it is an archive.
    pub(in crate::module) fn archive(
        &self,
        found: &Sourced<String>,
    ) -> Result<Option<Input>, Diagnostic> {
        let place = found.clone().map(|path| self.place(&path));
        if self.inputs.is_folder(&place) {
            return Ok(None);
        }
        let input = self.inputs.file(&place)?;
        Ok(self.inputs.is_archive(&input).then_some(input))
    }

    fn folder(
        &self,
        found: &Sourced<String>,
        destination: &TreePath,
        target: &Target,
        compiled: &mut Compiled,
    ) -> Result<(), Diagnostic> {
        let place = found.clone().map(|path| self.place(&path));
        for (name, kind) in self.inputs.list(&place)? {
            let inner = found.clone().map(|path| below(&path, &name));
            let ignored = self.ignore.ignores(&inner);
            if ignored && (kind != Listed::Directory || self.ignore.is_final()) {
                continue;
            }
            let to = join(destination, &name, target)?;
            match kind {
                Listed::File => {
                    let action = self.file(&inner, to, target)?;
                    compiled.actions.push(action);
                }
                Listed::Link(link) => compiled.actions.push(match &target.owner {
                    None => Action::Link {
                        path: to,
                        target: link,
                    },
                    Some(owner) => Action::OwnedLink {
                        path: to,
                        target: link,
                        owner: owner.clone(),
                    },
                }),
                Listed::Directory => {
                    let before = compiled.actions.len();
                    if target.folders && (target.owner.is_some() || target.mode.is_some()) {
                        if !ignored {
                            compiled.actions.push(Action::Directory {
                                path: to.clone(),
                                mode: target.mode,
                                owner: target.owner.clone(),
                            });
                        }
                    } else {
                        target.make(Some(to.clone()), compiled);
                    }
                    self.folder(&inner, &to, target, compiled)?;
                    if compiled.actions.len() == before && !ignored {
                        compiled.actions.push(directory(to));
                    }
                }
            }
        }
        Ok(())
    }

    fn file(
        &self,
        found: &Sourced<String>,
        path: TreePath,
        target: &Target,
    ) -> Result<Action, Diagnostic> {
        let place = found.clone().map(|path| self.place(&path));
        let input = self.inputs.file(&place)?;
        let mode = if input.executable { 0o755 } else { 0o644 };
        Ok(Action::Write {
            path,
            mode: target.mode.unwrap_or(mode),
            owner: target.owner.clone().unwrap_or_default(),
            content: Content::Input(input),
        })
    }

    /// Everything at a path as the files of a mount, ignored ones left out.
    pub(in crate::module) fn mounted(
        &self,
        path: &Sourced<String>,
    ) -> Result<std::collections::BTreeMap<String, Input>, Diagnostic> {
        let top = path.clone().map(|path| self.place(path.trim_matches('/')));
        if !self.inputs.is_folder(&top) {
            let input = self.inputs.file(&top)?;
            return Ok([(String::new(), input)].into());
        }
        let inside = path.trim_matches('/').trim_start_matches("./");
        let mut files = whole(self.inputs, &top)?;
        files.retain(|file, _| !self.ignore.ignores(&below(inside, file)));
        Ok(files)
    }
}

fn directory(path: TreePath) -> Action {
    Action::Directory {
        path,
        mode: None,
        owner: None,
    }
}

fn below(folder: &str, name: &str) -> String {
    match folder {
        "" | "." => name.to_owned(),
        folder if name.is_empty() => folder.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

fn parse(destination: &Sourced<String>) -> Result<TreePath, Diagnostic> {
    crate::setting::parse_place(destination)
}

fn join(folder: &TreePath, name: &str, target: &Target) -> Result<TreePath, Diagnostic> {
    let origin = &target.destination.origin;
    let place = folder
        .join(name.as_bytes())
        .map_err(|error| Diagnostic::error(origin, error.to_string()))?;
    refuse_record(&place, origin)?;
    Ok(place)
}
