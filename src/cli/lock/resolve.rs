//! Recipes with the bases and packages that they use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::arguments::options::{Compression, Confinement};
use crate::cli::context::runner::runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::load::Recipes;
use crate::cli::repository::paths::recipes;
use crate::engine::{Builder, Outside, Provenance, Reach, Rules, parallel};
use crate::recipe::{Flavour, Parent, repository_root};

/// Recipes with the bases and packages that they use.
pub(in crate::cli) struct Resolved {
    /// The lock that was in force, and what was used.
    pub outside: Outside,
    /// The recipes that were resolved, for each of their platforms.
    pub flavours: Vec<Vec<Arc<Flavour>>>,
    /// The recipes that could not be resolved, and why.
    pub failed: Vec<(PathBuf, Failure)>,
}

impl Resolved {
    /// Gives the first failure where all recipes are needed.
    pub(in crate::cli) fn whole(mut self) -> Result<Self, Failure> {
        match self.failed.is_empty() {
            true => Ok(self),
            false => Err(self.failed.remove(0).1),
        }
    }

    /// Reports the recipes that could not be resolved; the others are locked by now.
    pub(in crate::cli) fn conclude(&self, session: &Session) -> Result<(), Failure> {
        let names: Vec<String> = self
            .failed
            .iter()
            .map(|(recipe, _)| recipe.display().to_string())
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut told = BTreeSet::new();
        for text in self.failed.iter().map(|(_, failure)| failure.to_string()) {
            if told.insert(text.clone()) {
                session.printer.error(&text);
            }
        }
        let message = format!("not locked: {}", names.join(", "));
        Err(Failure::say(Kind::Outside, message)
            .hint("what else could be found out is in the lock; run the same command again"))
    }
}

/// What is resolved, and how.
pub(in crate::cli) struct Wanted<'a> {
    /// The recipes.
    pub recipes: &'a [PathBuf],
    /// How far outside is looked.
    pub reach: Reach,
    /// How closely the lock is kept to.
    pub rules: Rules,
    /// Whether packages are fetched too.
    pub fetching: bool,
    /// How commands are confined.
    pub confinement: &'a Confinement,
}

/// The recipes that are named, or all of the repository.
pub(in crate::cli) fn chosen(named: &[PathBuf]) -> Result<(Vec<PathBuf>, bool), Failure> {
    if !named.is_empty() {
        return Ok((named.to_vec(), false));
    }
    let here = Path::new("recipes");
    let folder = match here.is_dir() {
        true => here.to_path_buf(),
        // Below the root of a repository the whole repository is meant.
        false => repository_root(Path::new("recipe.yml")).join(here),
    };
    let all = recipes(&folder)?;
    match all.is_empty() {
        true => Err(Failure::say(
            Kind::Usage,
            format!("there is no recipe below {}", folder.display()),
        )),
        false => Ok((all, true)),
    }
}

/// Finds out what recipes take from outside.
pub(in crate::cli) fn resolve(session: &Session, wanted: &Wanted<'_>) -> Result<Resolved, Failure> {
    let first = wanted.recipes.first();
    let runner = runner(session, wanted.confinement, first.map(PathBuf::as_path));
    let outside = session
        .outside(session.store()?, wanted.reach, Compression::Zstd)
        .confining(runner.isolation)
        .keeping(wanted.rules.clone());
    let _lock = outside
        .store()
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let mut failed = Vec::new();
    let mut loaded: Vec<(PathBuf, Vec<Arc<Flavour>>)> = Vec::new();
    let mut recipes = Recipes::new(session, &outside);
    for recipe in wanted.recipes {
        match recipes.load(recipe, &[]) {
            Ok(flavours) => loaded.push((recipe.clone(), flavours)),
            Err(failure) if failure.kind == Kind::Outside => failed.push((recipe.clone(), failure)),
            Err(failure) => return Err(failure),
        }
    }
    drop(recipes);
    let codec = Compression::Zstd.codec();
    let builder = Builder::new(&outside, codec, session.epoch, Provenance::default());
    let builder = builder.running(runner.clone());
    let watch = watch_signals(&runner.stop)?;
    let resolve = |(_, flavours): &(PathBuf, Vec<Arc<Flavour>>)| {
        let resolved = builder.resolve(flavours, wanted.fetching).and_then(|()| {
            // What is built already tells the ids of its accounts.
            let mut planned = flavours.iter().map(|one| builder.plan(one).map(drop));
            planned.try_for_each(|one| one.map_err(Arc::new))
        });
        match resolved.map_err(|error| fail(&error)) {
            Err(failure) if failure.kind != Kind::Outside => Err(failure),
            other => Ok(other),
        }
    };
    let resolved: Vec<Result<(), Failure>> = parallel::map(&loaded, resolve)?;
    let mut flavours = Vec::new();
    for ((recipe, known), resolved) in loaded.into_iter().zip(resolved) {
        match resolved {
            Ok(()) => flavours.push(known),
            Err(failure) => failed.push((recipe, failure)),
        }
    }
    if flavours.is_empty()
        && let Some((_, failure)) = failed.pop()
    {
        return Err(failure);
    }
    builder.remember().map_err(|error| fail(&error))?;
    drop(watch);
    Ok(Resolved {
        outside,
        flavours,
        failed,
    })
}

/// The recipes of flavours and of all that they derive from.
pub(in crate::cli) fn ancestry(flavours: &[Vec<Arc<Flavour>>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for first in flavours.iter().flatten() {
        let mut next = Some(first);
        while let Some(flavour) = next {
            found.insert(flavour.recipe.to_string());
            next = match &flavour.parent {
                Parent::Flavour(parent) => Some(parent),
                Parent::Base(_) => None,
            };
        }
    }
    found
}
