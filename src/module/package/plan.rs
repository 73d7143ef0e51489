//! What a package manager's entry is being compiled to.

use super::family::FAMILIES;
use super::item::Item;
use crate::action::{Action, Content, Input, Owner};
use crate::module::surroundings::{Compiled, Distribution, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;
use crate::setting::{InputNode, Setting};

/// Actions so far, and everything that is wrong.
pub(in crate::module) struct Plan<'a> {
    pub(in crate::module) around: Surroundings<'a>,
    /// What is known of the distribution; the family at least.
    pub(in crate::module) distribution: Distribution<'a>,
    pub(in crate::module) settings: Vec<Setting>,
    pub(in crate::module) actions: Vec<Action>,
    pub(in crate::module) warnings: Vec<Diagnostic>,
    /// Why it cannot be said yet what is to be done.
    pub(in crate::module) undecided: Option<Diagnostic>,
    pub(in crate::module) wrong: Vec<Diagnostic>,
}

/// Tells whether the package manager of one family manages the packages of a distribution of
/// another: openSUSE has dnf, too.
fn manages(family: &str, other: &str) -> bool {
    family == other || (family == "fedora" && other == "suse")
}

fn another_manager(around: &Surroundings<'_>, other: &str) -> Diagnostic {
    let named = around.distribution.id.unwrap_or(other);
    let message = format!("{named} has another package manager");
    Diagnostic::error(around.origin, message).hint(match FAMILIES.contains(&other) {
        true => "write `type: packages`, which takes the manager of the family",
        false => "use a `script` with the package manager of this distribution",
    })
}

impl<'a> Plan<'a> {
    /// An empty plan for a package manager of this family.
    fn new(around: &Surroundings<'a>, family: &'static str) -> Self {
        let mut distribution = around.distribution;
        distribution.family = distribution.family.or(Some(family));
        Self {
            around: *around,
            distribution,
            settings: Vec::new(),
            actions: Vec::new(),
            warnings: Vec::new(),
            undecided: None,
            wrong: Vec::new(),
        }
    }

    /// What somebody fills a plan for a package manager of this family with, or all that is wrong.
    pub(in crate::module) fn compiled(
        around: &Surroundings<'a>,
        family: &'static str,
        fill: impl FnOnce(&mut Self),
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let mut plan = Self::new(around, family);
        fill(&mut plan);
        plan.finish()
    }

    /// The same for an entry that names the package manager, which has to be the distribution's.
    pub(in crate::module) fn managed(
        around: &Surroundings<'a>,
        family: &'static str,
        fill: impl FnOnce(&mut Self),
    ) -> Result<Compiled, Vec<Diagnostic>> {
        match around.distribution.family {
            Some(other) if !manages(family, other) => Err(vec![another_manager(around, other)]),
            _ => Self::compiled(around, family, fill),
        }
    }

    /// Keeps a value, or what is wrong with it.
    pub(in crate::module) fn keep<T>(&mut self, outcome: Result<T, Diagnostic>) -> Option<T> {
        outcome.map_err(|problem| self.wrong.push(problem)).ok()
    }

    /// The checked names of packages, for this distribution.
    pub(in crate::module) fn names(
        &mut self,
        items: &[Sourced<Item>],
        check: fn(&Sourced<String>) -> Result<(), Diagnostic>,
    ) -> Vec<String> {
        let mut names = Vec::new();
        for item in items {
            let name = Item::name(item, &self.distribution);
            let checked = name.and_then(|name| check(&name).map(|()| name.value));
            names.extend(self.keep(checked));
        }
        names
    }

    /// Checked words.
    pub(in crate::module) fn words(
        &mut self,
        words: &[Sourced<String>],
        check: fn(&Sourced<String>) -> Result<(), Diagnostic>,
    ) -> Vec<String> {
        let mut checked = Vec::new();
        for word in words {
            checked.extend(self.keep(check(word).map(|()| word.value.clone())));
        }
        checked
    }

    /// What a folder of the repository holds, by paths in it.
    pub(in crate::module) fn tree(&mut self, folder: &str) -> Vec<(String, InputNode)> {
        let folder = Sourced::new(folder.to_owned(), self.around.origin.clone());
        let nodes = self.around.inputs.tree(&folder);
        self.keep(nodes).unwrap_or_default()
    }

    /// Tells whether a file is a package of this distribution; notes that it is wrong if not.
    pub(in crate::module) fn is_package(&mut self, file: &Sourced<String>, ending: &str) -> bool {
        let is_package = file.ends_with(ending);
        if !is_package {
            let message = format!("`{file}` is not a package of this distribution");
            let hint = format!("name a {ending} file of the repository");
            self.wrong
                .push(Diagnostic::error(&file.origin, message).hint(hint));
        }
        is_package
    }

    /// Writes a text.
    pub(in crate::module) fn write(&mut self, path: &str, text: String, origin: &Origin) {
        self.put(path, Content::Text(text.into()), origin);
    }

    /// Writes a file of the repository.
    pub(in crate::module) fn copy(&mut self, path: &str, input: Input, origin: &Origin) {
        self.put(path, Content::Input(input), origin);
    }

    fn put(&mut self, path: &str, content: Content, origin: &Origin) {
        let place = TreePath::parse(path);
        let place = place.map_err(|error| Diagnostic::error(origin, error.to_string()));
        if let Some(path) = self.keep(place) {
            self.actions.push(Action::Write {
                path,
                content,
                mode: 0o644,
                owner: Owner::default(),
            });
        }
    }

    /// A file of the repository; in BlueBuild recipes it lies in a folder of `files/`.
    pub(in crate::module) fn input(
        &mut self,
        folder: &str,
        name: &Sourced<String>,
    ) -> Option<Input> {
        let path = self.around.path_in(folder, name);
        let input = self.around.inputs.file(&path);
        self.keep(input)
    }

    /// Package files of the repository.
    pub(in crate::module) fn package_files(
        &mut self,
        files: &[Sourced<String>],
        ending: &str,
    ) -> Vec<Input> {
        let mut inputs = Vec::new();
        for file in files {
            if self.is_package(file, ending) {
                inputs.extend(self.input("", file));
            }
        }
        inputs
    }

    /// What was compiled, or all that is wrong.
    fn finish(self) -> Result<Compiled, Vec<Diagnostic>> {
        if !self.wrong.is_empty() {
            return Err(self.wrong);
        }
        Ok(Compiled {
            settings: self.settings,
            actions: self.actions,
            warnings: self.warnings,
            undecided: self.undecided,
            ..Compiled::default()
        })
    }
}

/// Owned words of an argument list.
pub(in crate::module) fn many(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The error of asking a package manager for what it does not have.
pub(in crate::module) fn unsupported(
    origin: &Origin,
    manager: &str,
    what: &str,
    hint: &str,
) -> Diagnostic {
    Diagnostic::error(origin, format!("{manager} has no {what}")).hint(hint)
}
