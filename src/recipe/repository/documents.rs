//! A repository of recipes: its files, each read once, and what is known outside of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkout::Checkout;
use super::inputs::{Sources, nearest, normal};
use super::parents::{Known, Parents, Unusable};
use crate::layer::{LayerDocument, SHIPPED};
use crate::memo::Marks;
use crate::module::ImageConfig;
use crate::oci::Platform;
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};
use crate::recipe::flavour::resolved::Base;
use crate::yaml::{Node, parse};

/// A function that looks up a variable of the environment.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// A repository of recipes.
pub(in crate::recipe) struct Repository<'a> {
    /// Its files.
    pub checkout: Checkout,
    parents: &'a dyn Parents,
    environment: &'a Environment<'a>,
    /// The texts that were read.
    pub sources: Sources,
    nodes: BTreeMap<Arc<str>, (Arc<Node>, Marks)>,
    layers: BTreeMap<String, (Arc<LayerDocument>, Marks)>,
}

impl<'a> Repository<'a> {
    /// The repository in a folder.
    pub(in crate::recipe) fn new(
        root: PathBuf,
        parents: &'a dyn Parents,
        environment: &'a Environment<'a>,
    ) -> Self {
        Self {
            checkout: Checkout::new(root),
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
        if let Some((node, marks)) = self.nodes.get(file) {
            self.checkout.seen().again(marks);
            return Ok(Arc::clone(node));
        }
        self.checkout.seen().begin();
        let node = self.read_node(file, asked);
        let marks = self.checkout.seen().end();
        let node = node?;
        let kept = (Arc::clone(&node), marks);
        self.nodes.insert(Arc::clone(file), kept);
        Ok(node)
    }

    fn read_node(&mut self, file: &Arc<str>, asked: &Origin) -> Result<Arc<Node>, Vec<Diagnostic>> {
        // Who names a recipe on the command line may read it; a recipe may only name its repository.
        let text = self
            .checkout
            .document(file, asked.line > 0)
            .map_err(|why| vec![self.unreadable(file, &why, asked)])?;
        self.sources
            .0
            .insert(Arc::clone(file), Arc::from(text.as_str()));
        Ok(Arc::new(parse(file, &text)?))
    }

    /// A variable of the environment.
    pub(in crate::recipe) fn variable(&self, name: &str) -> Option<String> {
        let value = (self.environment)(name);
        self.checkout.seen().variable(name, value.as_deref());
        value
    }

    /// What is known of a base outside of the repository.
    pub(in crate::recipe) fn known(
        &self,
        base: &Base,
        platform: &Platform,
    ) -> Result<Option<Known>, Unusable> {
        self.look_at(base);
        self.parents.known(base, platform)
    }

    /// The configuration of a base outside of the repository.
    pub(in crate::recipe) fn config(
        &self,
        base: &Base,
        platform: &Platform,
    ) -> Result<Option<ImageConfig>, Unusable> {
        self.look_at(base);
        self.parents.config(base, platform)
    }

    /// Layouts and archives are not looked at again; the store knows what was read of it.
    fn look_at(&self, base: &Base) {
        if matches!(base, Base::Layout { .. } | Base::Archive(_)) {
            self.checkout.seen().lose();
        }
    }

    /// The error for a file that cannot be read, with the nearest that could be meant.
    fn unreadable(&self, file: &str, why: &str, asked: &Origin) -> Diagnostic {
        let place = Path::new(file);
        let error = Diagnostic::error(asked, format!("{file} cannot be read: {why}"));
        match nearest(&self.checkout, place) {
            Some(near) if near != place => error.hint(format!("did you mean {}?", near.display())),
            _ => error,
        }
    }

    /// Finds a layer, and reads it once.
    pub(in crate::recipe) fn layer(
        &mut self,
        name: &Sourced<String>,
    ) -> Result<Arc<LayerDocument>, Vec<Diagnostic>> {
        if let Some((layer, marks)) = self.layers.get(&name.value) {
            self.checkout.seen().again(marks);
            return Ok(Arc::clone(layer));
        }
        self.checkout.seen().begin();
        let layer = self.read_layer(name);
        let marks = self.checkout.seen().end();
        let layer = Arc::new(layer?);
        let kept = (Arc::clone(&layer), marks);
        self.layers.insert(name.value.clone(), kept);
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
        if self.checkout.has(Path::new(&own)) {
            let text = self
                .checkout
                .document(&own, true)
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
        let folders = self.checkout.names(Path::new("layers"));
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
