//! Recipes on disk, loaded for the platforms that a verb is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lock::hold_to_lock;
use crate::cli::context::environment::text_variable;
use crate::cli::context::platform::host;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Outside;
use crate::memo::Facts;
use crate::oci::{Digest, Platform};
use crate::origin::{Diagnostic, Severity};
use crate::recipe::{Flavour, Loader, repository_root};

/// Recipes that a verb loads, with what they share read once.
pub(in crate::cli) struct Recipes<'a> {
    session: &'a Session,
    outside: &'a Outside,
    /// By the root of their repository.
    loaders: BTreeMap<PathBuf, Loader<'a>>,
    /// Layers that the lock knows of.
    told: BTreeSet<String>,
}

impl<'a> Recipes<'a> {
    /// None yet.
    pub(in crate::cli) fn new(session: &'a Session, outside: &'a Outside) -> Self {
        Self {
            session,
            outside,
            loaders: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Loads a recipe for each of its platforms, shows what is wrong with it, and gives nothing then.
    pub(in crate::cli) fn load(
        &mut self,
        recipe: &Path,
        platforms: &[Platform],
    ) -> Result<Vec<Arc<Flavour>>, Failure> {
        let locking = hold_to_lock(self.session, self.outside, recipe)?;
        let loader = self
            .loaders
            .entry(repository_root(recipe))
            .or_insert_with(|| Loader::new(recipe, self.outside, &text_variable));
        match flavours(loader, recipe, platforms) {
            Ok(flavours) => {
                for (file, text) in loader.sources().iter() {
                    let layer = file.strip_prefix("<terroir>/layers/");
                    if let Some(layer) = layer.and_then(|rest| rest.strip_suffix("/layer.yml"))
                        && self.told.insert(layer.to_owned())
                    {
                        let digest = Digest::of(text.as_bytes());
                        locking
                            .use_layer(layer, digest)
                            .map_err(|error| fail(&error))?;
                    }
                }
                if let Some(flavour) = flavours.first() {
                    let printer = &self.session.printer;
                    printer.warnings(&flavour.notes, loader.sources());
                }
                Ok(flavours)
            }
            Err(diagnostics) => {
                let printer = &self.session.printer;
                printer.diagnostics(&diagnostics, loader.sources());
                let count = diagnostics
                    .iter()
                    .filter(|one| one.severity == Severity::Error)
                    .count();
                let s = if count == 1 { "" } else { "s" };
                Err(Failure::say(
                    at_fault(&diagnostics),
                    format!("{count} error{s} in {}", recipe.display()),
                ))
            }
        }
    }

    /// Lets later messages show lines of what was read.
    pub(in crate::cli) fn show_sources(&self) {
        for loader in self.loaders.values() {
            self.session.keep(loader.sources());
        }
    }

    /// The facts that a recipe's flavours stand on, which it was loaded to; none where not all of them can be
    /// told again.
    pub(in crate::cli) fn facts(&self, recipe: &Path, flavours: &[Arc<Flavour>]) -> Option<Facts> {
        let loader = self.loaders.get(&repository_root(recipe))?;
        let mut all = Facts::new();
        for flavour in flavours {
            all.extend(loader.facts(recipe, &flavour.platform)?);
        }
        Some(all)
    }
}

/// A recipe for the platforms that are asked for, else for its own, else for this machine's.
fn flavours(
    loader: &mut Loader<'_>,
    recipe: &Path,
    platforms: &[Platform],
) -> Result<Vec<Arc<Flavour>>, Vec<Diagnostic>> {
    let first = match platforms.first() {
        Some(first) => first.clone(),
        None => loader.first_platform(recipe, &host()),
    };
    let own = loader.load(recipe, &first)?.platforms.clone();
    let wanted = match (platforms, own.is_empty()) {
        ([], true) => vec![first],
        ([], false) => own,
        (some, _) => some.to_vec(),
    };
    wanted
        .iter()
        .map(|platform| loader.load(recipe, platform))
        .collect()
}

/// Loads one recipe.
pub(in crate::cli) fn load(
    session: &Session,
    outside: &Outside,
    recipe: &Path,
    platforms: &[Platform],
) -> Result<Vec<Arc<Flavour>>, Failure> {
    let mut loading = Recipes::new(session, outside);
    let flavours = loading.load(recipe, platforms)?;
    loading.show_sources();
    Ok(flavours)
}

/// Who is at fault: the recipes, unless nothing but the world is.
pub(in crate::cli) fn at_fault<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Kind {
    let mut errors = diagnostics
        .into_iter()
        .filter(|one| one.severity == Severity::Error);
    if errors.all(|error| error.outside) {
        Kind::Outside
    } else {
        Kind::Usage
    }
}
