//! The lock of a repository: reads it and puts it into force.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::{Locking, Outside};
use crate::recipe::{LOCK_FILE, Lock, MAX_LOCK, Sources, repository_root};

/// Puts the lock of a recipe's repository into force.
pub(in crate::cli) fn hold_to_lock<'o>(
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
pub(in crate::cli) fn read_lock(session: &Session, root: &Path) -> Result<Option<Lock>, Failure> {
    let place = root.join(LOCK_FILE);
    let failed = |error: std::io::Error| {
        Failure::say(Kind::Usage, format!("reading {}: {error}", place.display()))
    };
    let file = match File::open(&place) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    if !file.metadata().map_err(failed)?.is_file() {
        let message = format!("{} is not a regular file", place.display());
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
