//! The repository's files as modules and settings read them.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::checkout::Checkout;
use crate::action::Input;
use crate::oci::Digest;
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};
use crate::setting::{InputNode, Inputs, Listed};
use crate::yaml::{Scope, render_text};

/// Most entries that one folder of inputs may hold.
const MAX_ENTRIES: usize = 200_000;

/// The files that an entry may read.
#[derive(Clone, Copy, Debug)]
pub(in crate::recipe) struct DiskInputs<'a> {
    /// The repository.
    pub checkout: &'a Checkout,
    /// What paths are relative to.
    pub base: Base<'a>,
    /// What templates of file contents see.
    pub scope: &'a Scope,
}

/// What the paths of an entry are relative to.
#[derive(Clone, Copy, Debug)]
pub(in crate::recipe) enum Base<'a> {
    /// The folder of the file in which the path itself stands; if it is not there, that of the recipe.
    Written {
        /// The recipe, relative to the repository.
        recipe: &'a str,
    },
    /// One folder of the repository: BlueBuild's `files/`.
    Folder(&'a str),
}

impl DiskInputs<'_> {
    /// The place of a path, relative to the repository root.
    fn place(&self, path: &Sourced<String>) -> Result<PathBuf, Diagnostic> {
        let folder = |file: &str| {
            Path::new(file)
                .parent()
                .map(Path::to_path_buf)
                .unwrap_or_default()
        };
        let candidates = match self.base {
            Base::Written { recipe } => vec![folder(&path.origin.file), folder(recipe)],
            Base::Folder(folder) => vec![PathBuf::from(folder)],
        };
        // What leads out of one of the folders may be inside from the other.
        let places = candidates.iter();
        let places: Vec<PathBuf> = places
            .filter_map(|folder| normal(&folder.join(&path.value)))
            .collect();
        let found = places.iter().find(|place| self.checkout.has(place));
        let Some(place) = found.or(places.first()) else {
            return Err(climbs(path));
        };
        self.place_at_root(path, place)
    }

    /// Refuses a link in the checkout that leads out of it.
    fn place_at_root(&self, path: &Sourced<String>, place: &Path) -> Result<PathBuf, Diagnostic> {
        if self.checkout.leads_out(place) {
            return Err(Diagnostic::error(
                &path.origin,
                format!("`{}` leads out of the repository", path.value),
            )
            .hint("copy the file into the repository"));
        }
        Ok(place.to_path_buf())
    }

    fn missing(&self, path: &Sourced<String>, place: &Path) -> Diagnostic {
        let error = Diagnostic::error(&path.origin, format!("`{}` does not exist", path.value))
            .labelled(format!("looked for {}", place.display()));
        match nearest(self.checkout, place) {
            Some(near) => error.hint(format!("did you mean `{}`?", near.display())),
            None => error,
        }
    }

    fn input(&self, place: &Path, origin: &Origin) -> Result<Input, Diagnostic> {
        self.checkout.input(place).map_err(|error| {
            Diagnostic::error(origin, format!("reading {}: {error}", place.display()))
        })
    }

    fn walk(
        &self,
        top: &Path,
        below: &Path,
        found: &mut Vec<(String, InputNode)>,
    ) -> io::Result<()> {
        for (name, listed) in self.checkout.list(&top.join(below))? {
            let relative = below.join(name);
            let name = relative.to_string_lossy().into_owned();
            if found.len() >= MAX_ENTRIES {
                return Err(io::Error::other(format!("more than {MAX_ENTRIES} files")));
            }
            match listed {
                Some(Listed::Link(target)) => found.push((name, InputNode::Link(target))),
                Some(Listed::Directory) => {
                    found.push((name, InputNode::Directory));
                    self.walk(top, &relative, found)?;
                }
                Some(Listed::File) => {
                    let file = self.checkout.input(&top.join(&relative))?;
                    found.push((name, InputNode::File(file)));
                }
                None => {
                    return Err(io::Error::other(format!(
                        "{name} is neither file, folder nor link"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn climbs(path: &Sourced<String>) -> Diagnostic {
    Diagnostic::error(
        &path.origin,
        format!("`{}` leads out of the repository", path.value),
    )
    .hint("paths are relative to the file that names them and stay inside the repository")
}

/// A path without `.` and `..`; none when it would climb out or is absolute.
pub(in crate::recipe) fn normal(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}

impl Inputs for DiskInputs<'_> {
    fn file(&self, path: &Sourced<String>) -> Result<Input, Diagnostic> {
        let place = self.place(path)?;
        match self.checkout.metadata(&place) {
            Ok(metadata) if metadata.is_file() => self.input(&place, &path.origin),
            Ok(_) => Err(Diagnostic::error(
                &path.origin,
                format!("`{}` is not a regular file", path.value),
            )),
            Err(_) => Err(self.missing(path, &place)),
        }
    }

    fn tree(&self, path: &Sourced<String>) -> Result<Vec<(String, InputNode)>, Diagnostic> {
        let place = self.place(path)?;
        if self.checkout.metadata(&place).is_err() {
            return Err(self.missing(path, &place));
        }
        let mut found = Vec::new();
        self.walk(&place, Path::new(""), &mut found)
            .map_err(|error| {
                Diagnostic::error(
                    &path.origin,
                    format!("reading {}: {error}", place.display()),
                )
            })?;
        found.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        Ok(found)
    }

    fn list(&self, folder: &Sourced<String>) -> Result<Vec<(String, Listed)>, Diagnostic> {
        let place = self.place(folder)?;
        if self.checkout.metadata(&place).is_err() {
            return Err(self.missing(folder, &place));
        }
        let listed = self.checkout.list(&place).map_err(|error| {
            let message = format!("reading {}: {error}", place.display());
            Diagnostic::error(&folder.origin, message)
        })?;
        let known = listed.into_iter();
        Ok(known
            .filter_map(|(name, listed)| Some((name, listed?)))
            .collect())
    }

    fn is_folder(&self, path: &Sourced<String>) -> bool {
        self.place(path)
            .is_ok_and(|place| self.checkout.is_folder(&place))
    }

    fn at_root(&self, path: &str) -> Result<Option<Input>, Diagnostic> {
        let place = Path::new(path);
        let is_file = self
            .checkout
            .metadata(place)
            .is_ok_and(|found| found.is_file());
        if !is_file {
            return Ok(None);
        }
        let origin = Origin::of_file(path);
        let place = self.place_at_root(&Sourced::new(path.to_owned(), origin.clone()), place)?;
        self.input(&place, &origin).map(Some)
    }

    fn is_archive(&self, input: &Input) -> bool {
        crate::tree::is_archive(&input.file)
    }

    fn text(&self, input: &Input) -> Result<String, Diagnostic> {
        let failed = |why: String| Diagnostic::error(&Origin::of_file(&input.path), why);
        let bytes = fs::read(&input.file)
            .map_err(|error| failed(format!("reading {}: {error}", input.path)))?;
        if Digest::of(&bytes) != input.sha256 {
            return Err(failed(format!("{} changed while it was read", input.path)));
        }
        String::from_utf8(bytes).map_err(|_| failed(format!("{} is not UTF-8 text", input.path)))
    }

    fn render(&self, text: &Sourced<String>) -> Result<String, Diagnostic> {
        render_text(&text.value, &text.origin, self.scope).map_err(|problem| *problem)
    }
}

/// Texts of a layer that no repository stands behind: it has no files, and its templates render.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a>(pub &'a Scope);

impl Texts<'_> {
    fn refuse<T>(path: &Sourced<String>) -> Result<T, Diagnostic> {
        Err(Diagnostic::error(
            &path.origin,
            format!("{path} is a file of a repository, which this layer has none of"),
        ))
    }
}

impl Inputs for Texts<'_> {
    fn file(&self, path: &Sourced<String>) -> Result<Input, Diagnostic> {
        Self::refuse(path)
    }

    fn tree(&self, path: &Sourced<String>) -> Result<Vec<(String, InputNode)>, Diagnostic> {
        Self::refuse(path)
    }

    fn list(&self, folder: &Sourced<String>) -> Result<Vec<(String, Listed)>, Diagnostic> {
        Self::refuse(folder)
    }

    fn is_folder(&self, _path: &Sourced<String>) -> bool {
        false
    }

    fn at_root(&self, _path: &str) -> Result<Option<Input>, Diagnostic> {
        Ok(None)
    }

    fn is_archive(&self, _input: &Input) -> bool {
        false
    }

    fn text(&self, input: &Input) -> Result<String, Diagnostic> {
        Self::refuse(&Sourced::new(input.path.clone(), Origin::builtin()))
    }

    fn render(&self, text: &Sourced<String>) -> Result<String, Diagnostic> {
        render_text(&text.value, &text.origin, self.0).map_err(|problem| *problem)
    }
}

/// The texts of all files that were read, for showing the line of an error.
#[derive(Clone, Debug, Default)]
pub struct Sources(pub(in crate::recipe) std::collections::BTreeMap<Arc<str>, Arc<str>>);

impl Sources {
    /// The text of a file.
    #[must_use]
    pub fn get(&self, file: &str) -> Option<&Arc<str>> {
        self.0.get(file)
    }

    /// The text of one file.
    #[must_use]
    pub fn of(file: &str, text: &str) -> Self {
        Self([(Arc::from(file), Arc::from(text))].into())
    }

    /// Every file with its text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(file, text)| (&**file, &**text))
    }

    /// Takes the texts of others in.
    pub fn take_in(&mut self, others: &Self) {
        let others = others.0.iter();
        self.0
            .extend(others.map(|(file, text)| (Arc::clone(file), Arc::clone(text))));
    }
}

/// The file beside a path that has the most similar name, relative to the repository.
pub(super) fn nearest(checkout: &Checkout, place: &Path) -> Option<PathBuf> {
    let folder = place.parent().unwrap_or(Path::new(""));
    let names = checkout.names(folder);
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let near = did_you_mean(&name, names.iter().map(String::as_str))?;
    Some(folder.join(near))
}
