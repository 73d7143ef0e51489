//! Recipes on disk, loaded for the platforms that a verb is about.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::below::{Below, below};
use super::build::fail;
use super::failure::{Failure, Kind};
use super::session::{Session, host, variable};
use crate::engine::{Locking, Outside};
use crate::oci::{Digest, Platform};
use crate::origin::{Diagnostic, Severity};
use crate::recipe::{Flavour, LOCK_FILE, Loader, Lock, MAX_LOCK, Sources, repository_root};

/// Loads a recipe for each of its platforms, shows what is wrong with it, and gives nothing then.
pub(super) fn load(
    session: &Session,
    outside: &Outside,
    recipe: &Path,
    platforms: &[Platform],
) -> Result<Vec<Arc<Flavour>>, Failure> {
    let locking = hold_to_lock(session, outside, recipe)?;
    let environment = |name: &str| variable(name)?.into_string().ok();
    let mut loader = Loader::new(recipe, outside, &environment);
    let first = match platforms.first() {
        Some(first) => first.clone(),
        None => loader.first_platform(recipe, &host()),
    };
    let loaded = loader.load(recipe, &first);
    let flavours = loaded.and_then(|flavour| {
        let own = flavour.platforms.clone();
        let wanted: Vec<Platform> = match (platforms, own.is_empty()) {
            ([], true) => vec![first.clone()],
            ([], false) => own,
            (some, _) => some.to_vec(),
        };
        wanted
            .iter()
            .map(|platform| loader.load(recipe, platform))
            .collect::<Result<Vec<_>, _>>()
    });
    session.keep(loader.sources());
    match flavours {
        Ok(flavours) => {
            for (file, text) in loader.sources().iter() {
                let layer = file.strip_prefix("<terroir>/layers/");
                if let Some(layer) = layer.and_then(|rest| rest.strip_suffix("/layer.yml")) {
                    let digest = Digest::of(text.as_bytes());
                    locking
                        .use_layer(layer, digest)
                        .map_err(|error| fail(&error))?;
                }
            }
            if let Some(flavour) = flavours.first() {
                session.printer.warnings(&flavour.notes, loader.sources());
            }
            Ok(flavours)
        }
        Err(diagnostics) => {
            session.printer.diagnostics(&diagnostics, loader.sources());
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

/// Puts the lock of a recipe's repository into force.
pub(super) fn hold_to_lock<'o>(
    session: &Session,
    outside: &'o Outside,
    recipe: &Path,
) -> Result<&'o Locking, Failure> {
    let root = repository_root(recipe);
    let known = outside.locking().filter(|known| known.root() == root);
    if let Some(known) = known {
        return Ok(known);
    }
    let lock = read_lock(session, &root)?;
    if lock.is_none() && outside.strict() {
        let message = format!("there is no {}", root.join(LOCK_FILE).display());
        return Err(Failure::say(Kind::Usage, message).hint("terroir lock writes it"));
    }
    let lock = lock.unwrap_or_default();
    let empty = lock.is_empty();
    let held = outside.lock_to(&root, lock);
    if held.root() != root && !(empty && held.lock().is_empty()) {
        let message = format!(
            "{} and {} are two repositories, each with a lock of its own",
            held.root().display(),
            root.display()
        );
        return Err(Failure::say(Kind::Usage, message).hint("build them one after the other"));
    }
    Ok(held)
}

/// Reads the lock of a repository; none when there is no such file.
pub(super) fn read_lock(session: &Session, root: &Path) -> Result<Option<Lock>, Failure> {
    let place = root.join(LOCK_FILE);
    let failed = |error: std::io::Error| {
        Failure::say(Kind::Usage, format!("reading {}: {error}", place.display()))
    };
    let file = match File::open(&place) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    if !file.metadata().map_err(failed)?.is_file() {
        let message = format!("{} is no regular file", place.display());
        return Err(Failure::say(Kind::Usage, message));
    }
    let mut text = String::new();
    let mut file = file.take(MAX_LOCK + 1);
    file.read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_LOCK {
        let message = format!("{} has more than {MAX_LOCK} bytes", place.display());
        return Err(Failure::say(Kind::Usage, message));
    }
    Lock::parse(&text).map(Some).map_err(|diagnostics| {
        let sources = Sources::of(LOCK_FILE, &text);
        session.printer.diagnostics(&diagnostics, &sources);
        Failure::say(Kind::Usage, format!("{} is not valid", place.display()))
    })
}

/// Who is at fault: the recipes, unless nothing but the world is.
pub(super) fn at_fault<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Kind {
    let mut errors = diagnostics
        .into_iter()
        .filter(|one| one.severity == Severity::Error);
    if errors.all(|error| error.outside) {
        Kind::Outside
    } else {
        Kind::Usage
    }
}

/// What a path stands for: itself, or all that lies below it.
pub(super) fn named(path: &Path) -> Result<Below, Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::say(Kind::Usage, format!("{} does not exist", path.display()))
                .hint("name a recipe, or a folder with recipes below it")
        }
        _ => Failure::say(Kind::Usage, format!("reading {}: {error}", path.display())),
    };
    if path.metadata().map_err(failed)?.is_dir() {
        return below(path);
    }
    Ok(Below {
        recipes: vec![path.to_path_buf()],
        ..Below::default()
    })
}

/// The recipes that a path stands for: itself, or every recipe below it.
pub(super) fn recipes(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    named(path).map(|below| below.recipes)
}
