//! `terroir lock` and `terroir update`: terroir.lock written, and what it changes shown.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::arguments::{Compression, Confinement, Format};
use super::arguments_lock::{Lock as LockArguments, Update};
use super::build::fail;
use super::confinement::{runner, watch_signals};
use super::failure::{Failure, Kind};
use super::lock_names::refresh;
use super::lock_shown::{print, summary};
use super::push::reference;
use super::repository::{load, read_lock, recipes};
use super::session::{Session, codec};
use crate::engine::{Builder, Locking, Outside, Provenance, Reach, Rules, Target, parallel};
use crate::recipe::{Base, Flavour, LOCK_FILE, Lock, LockChange, Parent, repository_root};

/// Recipes with all that they take from outside.
pub(super) struct Resolved {
    /// The lock that was in force, and what was used.
    pub outside: Outside,
    /// The recipes of which all is known, for each of their platforms.
    pub flavours: Vec<Vec<Arc<Flavour>>>,
    /// The recipes of which something could not be found out, and why.
    pub failed: Vec<(PathBuf, Failure)>,
}

impl Resolved {
    /// Gives the first failure where all recipes are needed.
    pub(super) fn whole(mut self) -> Result<Self, Failure> {
        match self.failed.is_empty() {
            true => Ok(self),
            false => Err(self.failed.remove(0).1),
        }
    }

    /// Says of which recipes something is out of reach; the others are locked by now.
    fn conclude(&self, session: &Session) -> Result<(), Failure> {
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
pub(super) struct Wanted<'a> {
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

/// Writes down what recipes take from outside; what is locked stays.
pub(super) fn lock(session: &Session, arguments: &LockArguments) -> Result<(), Failure> {
    let (recipes, complete) = chosen(&arguments.recipes)?;
    let vendor = arguments.vendor.as_deref();
    let vendor = vendor.map(|text| kept_at(text, &recipes)).transpose()?;
    let wanted = Wanted {
        recipes: &recipes,
        reach: Reach::Missing,
        rules: Rules {
            vendor: arguments.vendor.as_deref().map(base).transpose()?,
            ..Rules::default()
        },
        fetching: false,
        confinement: &arguments.confinement,
    };
    let resolved = resolve(session, &wanted)?;
    let whole = match complete && resolved.failed.is_empty() {
        true => None,
        false => Some(ancestry(&resolved.flavours)),
    };
    let written = write(session, &resolved, (whole, vendor))?;
    match arguments.format {
        Format::Json => session.printer.json(&json!({ "changes": written.changes })),
        Format::Text => {
            if session.global.verbose > 0 {
                print(session, &written.changes);
            }
            session.printer.line(summary(&written.lock));
        }
    }
    resolved.conclude(session)
}

/// Looks for newer bases and packages, and shows what is different.
pub(super) fn update(session: &Session, arguments: &Update) -> Result<(), Failure> {
    let (recipes, _) = chosen(&[])?;
    let root = recipes.first().map(|one| repository_root(one));
    let root = root.unwrap_or_default();
    let old = read_lock(session, &root)?.unwrap_or_default();
    if old.is_empty() {
        let message = format!("{} locks nothing yet", root.join(LOCK_FILE).display());
        return Err(Failure::say(Kind::Usage, message).hint("terroir lock writes it"));
    }
    let wanted = Wanted {
        recipes: &recipes,
        reach: Reach::Newer,
        rules: Rules {
            refresh: refresh(&old, &arguments.names, &root)?,
            ..Rules::default()
        },
        fetching: false,
        confinement: &arguments.confinement,
    };
    let resolved = resolve(session, &wanted)?;
    let whole = match resolved.failed.is_empty() {
        true => None,
        false => Some(ancestry(&resolved.flavours)),
    };
    let written = write(session, &resolved, (whole, None))?;
    match arguments.format {
        Format::Json => session.printer.json(&json!({ "changes": written.changes })),
        Format::Text if written.changes.is_empty() => session.printer.note("nothing is newer"),
        Format::Text => print(session, &written.changes),
    }
    resolved.conclude(session)
}

/// The recipes that are named, or all of the repository.
pub(super) fn chosen(named: &[PathBuf]) -> Result<(Vec<PathBuf>, bool), Failure> {
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
pub(super) fn resolve(session: &Session, wanted: &Wanted<'_>) -> Result<Resolved, Failure> {
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
    for recipe in wanted.recipes {
        match load(session, &outside, recipe, &[]) {
            Ok(flavours) => loaded.push((recipe.clone(), flavours)),
            Err(failure) if failure.kind == Kind::Outside => failed.push((recipe.clone(), failure)),
            Err(failure) => return Err(failure),
        }
    }
    let codec = codec(Compression::Zstd);
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

/// The recipes of flavours and of all that they stack on.
fn ancestry(flavours: &[Vec<Arc<Flavour>>]) -> BTreeSet<String> {
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

/// What was written.
struct Written {
    lock: Lock,
    changes: Vec<LockChange>,
}

/// Writes the lock of what was resolved; of `recipes` alone when they are not all.
fn write(
    session: &Session,
    resolved: &Resolved,
    (recipes, vendor): (Option<BTreeSet<String>>, Option<String>),
) -> Result<Written, Failure> {
    let locking = resolved.outside.locking();
    let locking = locking.ok_or_else(|| Failure::say(Kind::Usage, "there is no repository"))?;
    let old = locking.lock();
    let complete = recipes.is_none();
    let mut lock = match recipes {
        None => locking.used(),
        Some(recipes) => merged(old, locking.used(), &recipes),
    };
    let known = ancestry(&resolved.flavours);
    for (recipe, platforms) in &old.accounts {
        // Flavours that are not built keep what is locked.
        if !complete || known.contains(recipe) {
            let held = lock.accounts.entry(recipe.clone()).or_default();
            for (platform, accounts) in platforms {
                held.entry(platform.clone())
                    .or_insert_with(|| accounts.clone());
            }
        }
    }
    lock.epoch = session.epoch.or(old.epoch);
    lock.vendor = vendor.or_else(|| old.vendor.clone());
    let changes = lock.changes_since(old);
    let place = locking.root().join(LOCK_FILE);
    let text = lock.to_string();
    if std::fs::read_to_string(&place).ok().as_deref() != Some(&text) {
        put(&place, &text)
            .map_err(|error| Failure::new(Kind::Outside, &error))
            .map_err(|failure| Failure {
                message: format!("writing {}: {}", place.display(), failure.message),
                ..failure
            })?;
    }
    Ok(Written { lock, changes })
}

/// Puts a file into its place whole.
fn put(place: &Path, text: &str) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let mut staged = tempfile::NamedTempFile::new_in(folder)?;
    staged.write_all(text.as_bytes())?;
    let mode = match place.metadata() {
        Ok(metadata) => metadata.permissions(),
        Err(_) => std::fs::Permissions::from_mode(0o644),
    };
    staged.as_file().set_permissions(mode)?;
    staged.as_file().sync_all()?;
    staged.persist(place)?;
    Ok(())
}

/// A lock in which the sections of some recipes are replaced.
fn merged(old: &Lock, mut used: Lock, recipes: &BTreeSet<String>) -> Lock {
    let mut lock = old.clone();
    let is_theirs = |place: &String| {
        let recipe = place.split(" stage ").next().unwrap_or(place);
        recipes.contains(recipe)
    };
    lock.packages.retain(|place, _| !is_theirs(place));
    // Of a recipe that could not be resolved whole, the old packages stay.
    used.packages.retain(|place, _| is_theirs(place));
    lock.packages.extend(used.packages);
    lock.accounts.extend(used.accounts);
    lock.layers.extend(used.layers);
    for (name, platforms) in used.bootstraps {
        lock.bootstraps.entry(name).or_default().extend(platforms);
    }
    for (name, mut image) in used.images {
        if let Some(held) = lock.images.remove(&name)
            && held.digest == image.digest
        {
            for (platform, one) in held.platforms {
                image.platforms.entry(platform).or_insert(one);
            }
        }
        lock.images.insert(name, image);
    }
    lock
}

/// Where packages are kept, as the lock names it: local places relative to the repository.
fn kept_at(text: &str, recipes: &[PathBuf]) -> Result<String, Failure> {
    let base = base(text)?;
    let root = recipes.first().map(|one| repository_root(one));
    let root = root.unwrap_or_default();
    let locking = Locking::new(&root, Lock::default(), Rules::default());
    Ok(locking.name(&base).unwrap_or_default())
}

/// Reads where packages are kept.
pub(super) fn base(text: &str) -> Result<Base, Failure> {
    match Target::parse(text) {
        Target::Base(Base::Image(name)) => reference(&name).map(|_| Base::Image(name)),
        Target::Base(base) => Ok(base),
        Target::Recipe(_) => Err(Failure::say(
            Kind::Usage,
            format!("`{text}` is a recipe, which keeps no packages"),
        )
        .hint("write a reference, oci:DIR:TAG or oci-archive:FILE")),
    }
}
