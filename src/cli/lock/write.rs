//! The new terroir.lock: what was resolved, merged with what stays.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::resolve::{Resolved, ancestry};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::recipe::{LOCK_FILE, Lock, LockChange};

/// What was written.
pub(in crate::cli) struct Written {
    /// The lock.
    pub lock: Lock,
    /// What is different from the lock before.
    pub changes: Vec<LockChange>,
}

/// Writes the lock of what was resolved; `recipes` limits it to the sections of these recipes.
pub(in crate::cli) fn write(
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
