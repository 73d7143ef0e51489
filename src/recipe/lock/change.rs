//! What differs between two locks, for people who read a merge request.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::content::{Lock, LockedPackages};
use crate::package::compare_versions;

/// Which way something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A newer version.
    Up,
    /// An older version.
    Down,
    /// The same name with other content.
    Changed,
    /// It was not there before.
    New,
    /// It is not there any more.
    Gone,
}

impl Direction {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Changed => "changed",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// One difference, with the recipes that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockChange {
    /// `base`, `package`, `layer`, `user`, `group` or `epoch`.
    pub kind: &'static str,
    /// Which way.
    pub direction: Direction,
    /// What.
    pub name: String,
    /// What it was: a version or a digest.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
    /// The recipes and platforms that it concerns.
    pub places: BTreeSet<String>,
}

/// The kind and name of something that is locked.
type Named = (&'static str, String);
/// What a lock holds at one place: versions, and what distinguishes content of the same version.
type Held = BTreeMap<String, BTreeMap<Named, (String, String)>>;

impl Lock {
    /// The differences from an older lock, sorted by kind and name.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> Vec<LockChange> {
        let (before, after) = (held(old), held(self));
        let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let mut found: BTreeMap<(Named, Option<String>, Option<String>), LockChange> =
            BTreeMap::new();
        let none = BTreeMap::new();
        for place in places {
            let before = before.get(place).unwrap_or(&none);
            let after = after.get(place).unwrap_or(&none);
            let names: BTreeSet<&Named> = before.keys().chain(after.keys()).collect();
            for named in names {
                let (was, is) = (before.get(named), after.get(named));
                let Some(direction) = direction(was, is) else {
                    continue;
                };
                let text = |one: Option<&(String, String)>| one.map(|(version, _)| version.clone());
                let change = found
                    .entry((named.clone(), text(was), text(is)))
                    .or_insert_with(|| LockChange {
                        kind: named.0,
                        direction,
                        name: named.1.clone(),
                        old: text(was),
                        new: text(is),
                        places: BTreeSet::new(),
                    });
                if !place.is_empty() {
                    change.places.insert(place.clone());
                }
            }
        }
        found.into_values().collect()
    }
}

fn direction(was: Option<&(String, String)>, is: Option<&(String, String)>) -> Option<Direction> {
    match (was, is) {
        (None, None) => None,
        (None, Some(_)) => Some(Direction::New),
        (Some(_), None) => Some(Direction::Gone),
        (Some(was), Some(is)) if was == is => None,
        (Some((was, _)), Some((is, _)))
            if was.starts_with("sha256:") || is.starts_with("sha256:") =>
        {
            Some(Direction::Changed)
        }
        (Some((was, _)), Some((is, _))) => Some(match compare_versions(was, is) {
            Ordering::Less => Direction::Up,
            Ordering::Greater => Direction::Down,
            Ordering::Equal => Direction::Changed,
        }),
    }
}

fn held(lock: &Lock) -> Held {
    let mut held = Held::new();
    let mut put = |place: &str, kind: &'static str, name: &str, version: String, rest: String| {
        let at = held.entry(place.to_owned()).or_default();
        at.insert((kind, name.to_owned()), (version, rest));
    };
    for (reference, image) in &lock.images {
        put(
            "",
            "base",
            reference,
            image.digest.to_string(),
            String::new(),
        );
    }
    for (name, platforms) in &lock.bootstraps {
        for (platform, one) in platforms {
            put(platform, "base", name, one.layer.to_string(), String::new());
        }
    }
    for (name, digest) in &lock.layers {
        put("", "layer", name, digest.to_string(), String::new());
    }
    if let Some(epoch) = lock.epoch {
        put("", "epoch", "epoch", epoch.to_string(), String::new());
    }
    for (recipe, platforms) in &lock.packages {
        for (platform, requests) in platforms {
            let place = format!("{recipe} {platform}");
            for (name, (version, digest)) in packages(requests) {
                put(&place, "package", &name, version, digest);
            }
        }
    }
    for (recipe, platforms) in &lock.accounts {
        for (platform, accounts) in platforms {
            let place = format!("{recipe} {platform}");
            for (kind, ids) in [("user", &accounts.users), ("group", &accounts.groups)] {
                for (name, id) in ids {
                    put(&place, kind, name, id.to_string(), String::new());
                }
            }
        }
    }
    held
}

/// The packages of all requests of a recipe; of one that several bring the newest counts.
fn packages(requests: &BTreeMap<String, LockedPackages>) -> BTreeMap<String, (String, String)> {
    let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
    let all = requests.values().flat_map(|one| &one.resolution.packages);
    for package in all {
        let name = match package.architecture.as_str() {
            "all" => package.name.clone(),
            architecture => format!("{}:{architecture}", package.name),
        };
        let older = |(version, _): &(String, String)| {
            compare_versions(version, &package.version) == Ordering::Less
        };
        if found.get(&name).is_none_or(older) {
            found.insert(name, (package.version.clone(), package.sha256.to_string()));
        }
    }
    found
}
