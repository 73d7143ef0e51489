//! Removal of what builds keep to be quick: unpacked layers and package files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::engine::error::Error;
use crate::store::Store;

use super::call::Runner;
use super::folder::stale;

/// What is removed of the caches.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Unpacked layers that were last used before this time are removed.
    pub roots_used_since: SystemTime,
    /// Package files that were last used before this time are removed; without it age does not count.
    pub packages_used_since: Option<SystemTime>,
    /// Most bytes that package files and cache mounts may take; the ones unused longest go first.
    pub most: Option<u64>,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Unpacked layers.
    pub roots: usize,
    /// Package files and cache mounts.
    pub cached: usize,
    /// Bytes of the latter.
    pub bytes: u64,
}

/// Marks an unpacked layer as used now.
pub(in crate::engine) fn mark_used(root: &Path) {
    // In a store that may only be read nothing is pruned either.
    let _ = fs::write(marker(root), "");
}

fn marker(root: &Path) -> PathBuf {
    root.with_extension("used")
}

/// Removes unpacked layers, cached files and what dead builds left; fails while a build runs.
pub fn prune_caches(store: &Store, runner: &Runner, limits: Limits) -> Result<Pruned, Error> {
    let _lock = store.exclusive()?;
    let mut pruned = Pruned::default();
    let mut doomed = stale(&store.path().join("tmp"));
    for class in entries(&store.path().join("roots")) {
        for root in entries(&class).into_iter().filter(|path| path.is_dir()) {
            let used = modified(&marker(&root)).unwrap_or(SystemTime::UNIX_EPOCH);
            if used <= limits.roots_used_since {
                pruned.roots += 1;
                doomed.push(marker(&root));
                doomed.push(root);
            }
        }
    }
    let mut cached: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for folder in ["cache/packages", "cache/mounts"] {
        for path in entries(&store.path().join(folder)) {
            let used = modified(&path).unwrap_or(SystemTime::UNIX_EPOCH);
            cached.push((used, size(&path), path));
        }
    }
    cached.sort();
    let mut total: u64 = cached.iter().map(|(_, size, _)| size).sum();
    for (used, size, path) in cached {
        let old = limits
            .packages_used_since
            .is_some_and(|since| used <= since);
        let much = limits.most.is_some_and(|most| total > most);
        if old || much {
            total = total.saturating_sub(size);
            pruned.cached += 1;
            pruned.bytes += size;
            doomed.push(path);
        }
    }
    if !doomed.is_empty() {
        runner.remove(doomed)?;
    }
    Ok(pruned)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::symlink_metadata(path).ok()?.modified().ok()
}

fn size(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => entries(path).iter().map(|path| size(path)).sum(),
        Ok(found) => found.len(),
        Err(_) => 0,
    }
}
