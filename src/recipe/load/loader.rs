//! The loader: from recipe files to flavours, each recipe once for each platform.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::bluebuild::read_bluebuild;
use super::native::read_native;
use crate::memo::{Facts, Marks};
use crate::oci::{Platform, parse_platform, platform_name, usual_platform};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::recipe::document::{Header, is_native, unsaid};
use crate::recipe::flavour::resolved::Flavour;
use crate::recipe::repository::documents::{Environment, Repository};
use crate::recipe::repository::inputs::{Sources, normal};
use crate::recipe::repository::parents::Parents;
use crate::recipe::repository::root::repository_root;
use crate::yaml::Node;

/// Most recipes of an ancestry that are searched for platforms.
const MAX_ANCESTORS: usize = 32;

/// Loads recipes of one repository, each file once.
pub struct Loader<'a> {
    repository: Repository<'a>,
    done: BTreeMap<String, (Arc<Flavour>, Marks)>,
    way: Vec<(Arc<str>, Origin)>,
}

impl std::fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("root", &self.repository.checkout.root())
            .finish_non_exhaustive()
    }
}

impl<'a> Loader<'a> {
    /// A loader for the repository that holds a recipe.
    #[must_use]
    pub fn new(recipe: &Path, parents: &'a dyn Parents, environment: &'a Environment<'a>) -> Self {
        Self {
            repository: Repository::new(repository_root(recipe), parents, environment),
            done: BTreeMap::new(),
            way: Vec::new(),
        }
    }

    /// The texts that were read, for showing errors.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.repository.sources
    }

    /// A recipe's path relative to the repository.
    fn place(&self, recipe: &Path) -> Arc<str> {
        let absolute = std::path::absolute(recipe).unwrap_or_else(|_| recipe.to_path_buf());
        let place = absolute
            .strip_prefix(self.repository.checkout.root())
            .ok()
            .and_then(normal)
            .unwrap_or(absolute);
        Arc::from(place.to_string_lossy().as_ref())
    }

    /// Loads a recipe with its whole ancestry.
    ///
    /// # Errors
    /// Everything that is wrong with it and with the files that it takes in.
    pub fn load(
        &mut self,
        recipe: &Path,
        platform: &Platform,
    ) -> Result<Arc<Flavour>, Vec<Diagnostic>> {
        let file = self.place(recipe);
        self.recipe(
            &Sourced::new(file.clone(), Origin::of_file(&file)),
            platform,
        )
    }

    /// The platform whose facts stand for a recipe: this one if the recipe asks for it or for none,
    /// else the first that it asks for.
    ///
    /// Errors of the recipe are reported when it is loaded.
    pub fn first_platform(&mut self, recipe: &Path, host: &Platform) -> Platform {
        let file = self.place(recipe);
        let asked = self.asked((&file, &Origin::of_file(&file)), 0);
        let asked = asked.unwrap_or_default();
        match asked.iter().any(|one| one == host) {
            true => host.clone(),
            false => asked.into_iter().next().unwrap_or_else(|| host.clone()),
        }
    }

    /// The platforms that a recipe names, else those of the recipe that it derives from.
    ///
    /// The origin says who asks for the file: what a recipe names may not lie outside of the repository.
    fn asked(
        &mut self,
        (file, origin): (&Arc<str>, &Origin),
        depth: usize,
    ) -> Option<Vec<Platform>> {
        let node = self.repository.node(file, origin).ok()?;
        let named: Vec<Platform> = node
            .get("platforms")
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(|one| parse_platform(usual_platform(one.as_text()?)))
            .collect();
        if !named.is_empty() || depth >= MAX_ANCESTORS {
            return Some(named);
        }
        let from = node.get("from")?;
        let path = from.as_text().filter(|from| {
            let ending = Path::new(from).extension();
            ending.is_some_and(|ending| ending == "yml" || ending == "yaml")
        })?;
        let path = Sourced::new(path.to_owned(), from.origin.clone());
        let parent = self.repository.beside(file, &path).ok()?;
        self.asked((&parent, &path.origin), depth + 1)
    }

    /// Loads a recipe by its path relative to the repository; the origin says who asks for it.
    fn recipe(
        &mut self,
        wanted: &Sourced<Arc<str>>,
        platform: &Platform,
    ) -> Result<Arc<Flavour>, Vec<Diagnostic>> {
        let key = format!("{} {}", wanted.value, platform_name(platform));
        if let Some((done, marks)) = self.done.get(&key) {
            self.repository.checkout.seen().again(marks);
            return Ok(Arc::clone(done));
        }
        if let Some(position) = self.way.iter().position(|(file, _)| *file == wanted.value) {
            let mut error =
                Diagnostic::error(&wanted.origin, "recipes derive from each other in a circle")
                    .labelled(format!("{} is already being loaded", wanted.value));
            for (file, origin) in self.way.iter().skip(position + 1) {
                error = error.and(origin, format!("{file} is asked for here"));
            }
            return Err(vec![
                error.hint("one of them has to derive from something else"),
            ]);
        }
        self.repository.checkout.seen().begin();
        let flavour = self.read(wanted, platform);
        let marks = self.repository.checkout.seen().end();
        let flavour = Arc::new(flavour?);
        self.done.insert(key, (Arc::clone(&flavour), marks));
        Ok(flavour)
    }

    fn read(
        &mut self,
        wanted: &Sourced<Arc<str>>,
        platform: &Platform,
    ) -> Result<Flavour, Vec<Diagnostic>> {
        let node = self.repository.node(&wanted.value, &wanted.origin)?;
        if let Some(problem) = unsaid(&node) {
            return Err(vec![problem]);
        }
        self.way
            .push((Arc::clone(&wanted.value), wanted.origin.clone()));
        let flavour = if is_native(&node) {
            self.native(&wanted.value, &node, platform)
        } else {
            read_bluebuild(&mut self.repository, &wanted.value, &node, platform)
        };
        self.way.pop();
        flavour
    }

    /// The facts that a loaded flavour stands on; none where not all of them can be told again.
    #[must_use]
    pub fn facts(&self, recipe: &Path, platform: &Platform) -> Option<Facts> {
        let key = format!("{} {}", self.place(recipe), platform_name(platform));
        let (_, marks) = self.done.get(&key)?;
        self.repository.checkout.seen().facts(marks)
    }

    /// Reads a native recipe after the recipe that it derives from, if it names one.
    fn native(
        &mut self,
        file: &Arc<str>,
        node: &Node,
        platform: &Platform,
    ) -> Result<Flavour, Vec<Diagnostic>> {
        let header = Header::read(node);
        let from = header.as_ref().ok().and_then(Header::parent_recipe);
        let parent = from.map(|path| {
            let place = self.repository.beside(file, &path);
            let place = place.map_err(|error| vec![error])?;
            self.recipe(&Sourced::new(place, path.origin), platform)
        });
        let repository = &mut self.repository;
        read_native(repository, (file, node), (header, parent), platform)
    }
}
