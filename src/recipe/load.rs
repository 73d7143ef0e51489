//! From recipe files to flavours: the only place of this room that reads the disk.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bluebuild::read_bluebuild;
use super::document::{is_native, unsaid};
use super::facts::Facts;
use super::flavour::{Base, Flavour};
use super::inputs::{Sources, normal};
use super::native::read_native;
use super::record::Record;
use super::root::repository_root;
use crate::layer::{LayerDocument, SHIPPED};
use crate::module::ImageConfig;
use crate::oci::{Platform, parse_platform, platform_name, usual_platform};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::yaml::{MAX_SIZE, Node, parse};

/// Most recipes of an ancestry that are looked at for their platforms.
const MAX_ANCESTORS: usize = 32;

/// What is known of a parent that is no recipe of the repository.
#[derive(Clone, Debug)]
pub struct Known {
    /// The distribution's facts.
    pub facts: Facts,
    /// Its record, if terroir built it.
    pub record: Option<Arc<Record>>,
    /// What instructions find of its config; none when that is not known.
    pub config: Option<ImageConfig>,
    /// The instructions that its config asks those to follow who build on it (`ONBUILD`).
    pub triggers: Vec<String>,
}

/// Why nothing can be known of a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What is wrong.
    pub why: String,
    /// Whether the world is at fault, not the recipe.
    pub outside: bool,
}

/// Tells what is known of parents outside of the repository.
pub trait Parents: Sync {
    /// What is known of a base for a platform; none when nothing is known and nothing may be fetched.
    fn known(&self, base: &Base, platform: &Platform) -> Result<Option<Known>, Unusable>;

    /// What instructions find of a base's config, of which nothing else is needed; none as above.
    fn config(&self, base: &Base, platform: &Platform) -> Result<Option<ImageConfig>, Unusable>;
}

/// A function that looks a variable of the environment up.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// Loads recipes of one repository, each file once.
pub struct Loader<'a> {
    pub(super) root: PathBuf,
    pub(super) parents: &'a dyn Parents,
    pub(super) environment: &'a Environment<'a>,
    pub(super) sources: Sources,
    nodes: BTreeMap<Arc<str>, Arc<Node>>,
    layers: BTreeMap<String, Arc<LayerDocument>>,
    done: BTreeMap<String, Arc<Flavour>>,
    way: Vec<(Arc<str>, Origin)>,
}

impl std::fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl<'a> Loader<'a> {
    /// A loader for the repository that holds a recipe.
    #[must_use]
    pub fn new(recipe: &Path, parents: &'a dyn Parents, environment: &'a Environment<'a>) -> Self {
        Self {
            root: repository_root(recipe),
            parents,
            environment,
            sources: Sources::default(),
            nodes: BTreeMap::new(),
            layers: BTreeMap::new(),
            done: BTreeMap::new(),
            way: Vec::new(),
        }
    }

    /// The texts that were read, for showing errors.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// A recipe's path relative to the repository.
    fn place(&self, recipe: &Path) -> Arc<str> {
        let absolute = std::path::absolute(recipe).unwrap_or_else(|_| recipe.to_path_buf());
        let place = absolute
            .strip_prefix(&self.root)
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
    /// What is wrong with the recipe is told by whoever loads it.
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
        let node = self.node(file, origin).ok()?;
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
        let parent = self.beside(file, &path).ok()?;
        self.asked((&parent, &path.origin), depth + 1)
    }

    /// Loads a recipe by its path relative to the repository; the origin says who asks for it.
    pub(super) fn recipe(
        &mut self,
        wanted: &Sourced<Arc<str>>,
        platform: &Platform,
    ) -> Result<Arc<Flavour>, Vec<Diagnostic>> {
        let key = format!("{} {}", wanted.value, platform_name(platform));
        if let Some(done) = self.done.get(&key) {
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
        let node = self.node(&wanted.value, &wanted.origin)?;
        if let Some(problem) = unsaid(&node) {
            return Err(vec![problem]);
        }
        self.way
            .push((Arc::clone(&wanted.value), wanted.origin.clone()));
        let flavour = if is_native(&node) {
            read_native(self, &wanted.value, &node, platform)
        } else {
            read_bluebuild(self, &wanted.value, &node, platform)
        };
        self.way.pop();
        let flavour = Arc::new(flavour?);
        self.done.insert(key, Arc::clone(&flavour));
        Ok(flavour)
    }

    /// Reads a YAML file of the repository, once.
    pub(super) fn node(
        &mut self,
        file: &Arc<str>,
        asked: &Origin,
    ) -> Result<Arc<Node>, Vec<Diagnostic>> {
        if let Some(node) = self.nodes.get(file) {
            return Ok(Arc::clone(node));
        }
        // Who names a recipe on the command line may read it; a recipe may only name its repository.
        let text = read_document(&self.root, file, asked.line > 0)
            .map_err(|why| vec![self.unreadable(file, &why, asked)])?;
        self.sources
            .0
            .insert(Arc::clone(file), Arc::from(text.as_str()));
        let node = Arc::new(parse(file, &text)?);
        self.nodes.insert(Arc::clone(file), Arc::clone(&node));
        Ok(node)
    }

    /// The error for a file that cannot be read, with the nearest that could be meant.
    fn unreadable(&self, file: &str, why: &str, asked: &Origin) -> Diagnostic {
        let place = Path::new(file);
        let folder = place.parent().unwrap_or(Path::new(""));
        let names: Vec<String> = std::fs::read_dir(self.root.join(folder))
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        let name = place
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let error = Diagnostic::error(asked, format!("{file} cannot be read: {why}"));
        match crate::origin::did_you_mean(&name, names.iter().map(String::as_str)) {
            Some(near) if near != name => {
                error.hint(format!("did you mean {}?", folder.join(near).display()))
            }
            _ => error,
        }
    }

    /// Finds a layer, and reads it once.
    pub(super) fn layer(
        &mut self,
        name: &Sourced<String>,
    ) -> Result<Arc<LayerDocument>, Vec<Diagnostic>> {
        if let Some(layer) = self.layers.get(&name.value) {
            return Ok(Arc::clone(layer));
        }
        let layer = Arc::new(self.read_layer(name)?);
        self.layers.insert(name.value.clone(), Arc::clone(&layer));
        Ok(layer)
    }

    /// Reads a layer: from the repository's own `layers/`, else one of the shipped ones.
    fn read_layer(&mut self, name: &Sourced<String>) -> Result<LayerDocument, Vec<Diagnostic>> {
        let own = format!("layers/{}/layer.yml", name.value);
        let wrong_name = || {
            vec![
                Diagnostic::error(&name.origin, format!("`{}` is no layer name", name.value))
                    .hint("a layer is named by its folder below layers/"),
            ]
        };
        if name.value.is_empty()
            || name.value.contains(['/', '\\', '\0'])
            || name.value.starts_with('.')
        {
            return Err(wrong_name());
        }
        if self.root.join(&own).symlink_metadata().is_ok() {
            let text = read_document(&self.root, &own, true)
                .map_err(|why| vec![self.unreadable(&own, &why, &name.origin)])?;
            self.sources
                .0
                .insert(Arc::from(own.as_str()), Arc::from(text.as_str()));
            return LayerDocument::read(&name.value, &own, &text);
        }
        if let Some(shipped) = SHIPPED.iter().find(|shipped| shipped.name == name.value) {
            let file = format!("<terroir>/{own}");
            self.sources
                .0
                .insert(Arc::from(file.as_str()), Arc::from(shipped.text));
            return LayerDocument::read(&name.value, &file, shipped.text);
        }
        let folders: Vec<String> = std::fs::read_dir(self.root.join("layers"))
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        let known = folders
            .iter()
            .map(String::as_str)
            .chain(SHIPPED.iter().map(|shipped| shipped.name));
        let error = Diagnostic::error(&name.origin, format!("there is no layer `{}`", name.value))
            .labelled(format!("neither {own} nor one that terroir ships"));
        Err(vec![
            match crate::origin::did_you_mean(&name.value, known.clone()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!(
                    "known layers: {}",
                    known.collect::<Vec<_>>().join(", ")
                )),
            },
        ])
    }

    /// A path that a file names, relative to the repository.
    pub(super) fn beside(
        &self,
        file: &str,
        path: &Sourced<String>,
    ) -> Result<Arc<str>, Diagnostic> {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        normal(&folder.join(&path.value))
            .map(|place| Arc::from(place.to_string_lossy().as_ref()))
            .ok_or_else(|| {
                Diagnostic::error(
                    &path.origin,
                    format!("`{}` leads out of the repository", path.value),
                )
                .hint(
                    "paths are relative to the file that names them and stay inside the repository",
                )
            })
    }
}

/// Reads a YAML file, as far as one may be long; `inside` refuses a link out of the repository.
fn read_document(root: &Path, file: &str, inside: bool) -> Result<String, String> {
    let path = root.join(file);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    let real = path.canonicalize().map_err(failed)?;
    if inside && !root.canonicalize().is_ok_and(|root| real.starts_with(root)) {
        return Err("it is a link that leads out of the repository".to_owned());
    }
    let metadata = real.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    if metadata.len() > MAX_SIZE as u64 {
        let size = metadata.len();
        return Err(format!("it has {size} bytes, up to {MAX_SIZE} are read"));
    }
    let mut text = String::new();
    std::fs::File::open(&real)
        .and_then(|file| file.take(MAX_SIZE as u64).read_to_string(&mut text))
        .map_err(failed)?;
    Ok(text)
}
