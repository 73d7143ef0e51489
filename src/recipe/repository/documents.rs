//! A repository of recipes: its files, each read once, and what is known outside of it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::inputs::{Sources, entry_names, nearest, normal};
use super::parents::Parents;
use crate::layer::{LayerDocument, SHIPPED};
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};
use crate::yaml::{MAX_SIZE, Node, parse};

/// A function that looks up a variable of the environment.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// A repository of recipes.
pub(in crate::recipe) struct Repository<'a> {
    /// Its folder.
    pub root: PathBuf,
    /// Access to what is known of parents outside of it.
    pub parents: &'a dyn Parents,
    /// What looks up variables of the environment.
    pub environment: &'a Environment<'a>,
    /// The texts that were read.
    pub sources: Sources,
    nodes: BTreeMap<Arc<str>, Arc<Node>>,
    layers: BTreeMap<String, Arc<LayerDocument>>,
}

impl<'a> Repository<'a> {
    /// The repository in a folder.
    pub(in crate::recipe) fn new(
        root: PathBuf,
        parents: &'a dyn Parents,
        environment: &'a Environment<'a>,
    ) -> Self {
        Self {
            root,
            parents,
            environment,
            sources: Sources::default(),
            nodes: BTreeMap::new(),
            layers: BTreeMap::new(),
        }
    }

    /// Reads a YAML file of the repository, once.
    pub(in crate::recipe) fn node(
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
        let error = Diagnostic::error(asked, format!("{file} cannot be read: {why}"));
        match nearest(&self.root, place) {
            Some(near) if near != place => error.hint(format!("did you mean {}?", near.display())),
            _ => error,
        }
    }

    /// Finds a layer, and reads it once.
    pub(in crate::recipe) fn layer(
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
                Diagnostic::error(
                    &name.origin,
                    format!("`{}` is not a layer name", name.value),
                )
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
        let folders = entry_names(&self.root.join("layers"));
        let known = folders
            .iter()
            .map(String::as_str)
            .chain(SHIPPED.iter().map(|shipped| shipped.name));
        let error = Diagnostic::error(&name.origin, format!("there is no layer `{}`", name.value))
            .labelled(format!("neither {own} nor one that terroir ships"));
        Err(vec![match did_you_mean(&name.value, known.clone()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!(
                "known layers: {}",
                known.collect::<Vec<_>>().join(", ")
            )),
        }])
    }

    /// A path that a file names, relative to the repository.
    pub(in crate::recipe) fn beside(
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
        return Err("it is not a regular file".to_owned());
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
