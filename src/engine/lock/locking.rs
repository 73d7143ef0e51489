//! A lock in force, and what it pins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::action::Packages;
use crate::engine::error::Error;
use crate::engine::target::Target;
use crate::oci::{Descriptor, Digest, Platform, platform_name};
use crate::package::{Accounts, Resolved};
use crate::recipe::{Base, Facts, Flavour, Lock, LockedBootstrap, Parent, bootstrap_name};

use super::rules::{Pinned, Rules};

/// A lock while flavours are built by it.
#[derive(Debug)]
pub struct Locking {
    root: PathBuf,
    pub(super) lock: Lock,
    pub(super) rules: Rules,
    pub(super) used: Mutex<Lock>,
    pub(super) fresh: Mutex<BTreeSet<String>>,
    pub(super) layers: Mutex<BTreeMap<String, Descriptor>>,
}

impl Locking {
    /// Puts the lock of a repository into force.
    #[must_use]
    pub fn new(root: &Path, lock: Lock, rules: Rules) -> Self {
        Self {
            root: root.to_path_buf(),
            lock,
            rules,
            used: Mutex::default(),
            fresh: Mutex::default(),
            layers: Mutex::default(),
        }
    }

    /// The repository.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The lock as it was read.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Where packages and bases are kept.
    pub(in crate::engine) fn vendor(&self) -> Option<Base> {
        let stated = || {
            let text = self.lock.vendor.as_ref()?;
            match Target::parse(text) {
                Target::Base(base) => Some(match base {
                    Base::Layout { path, tag } => Base::Layout {
                        path: self.root.join(path),
                        tag,
                    },
                    Base::Archive(path) => Base::Archive(self.root.join(path)),
                    other => other,
                }),
                Target::Recipe(_) => None,
            }
        };
        self.rules.vendor.clone().or_else(stated)
    }

    /// The name of a base in the lock; none for nothing.
    #[must_use]
    pub fn name(&self, base: &Base) -> Option<String> {
        let local = |path: &Path| relative(&self.root, path);
        match base {
            Base::Scratch => None,
            Base::Image(reference) => Some(reference.clone()),
            Base::Bootstrap(bootstrap) => Some(bootstrap_name(bootstrap)),
            Base::Archive(path) => Some(format!("oci-archive:{}", local(path))),
            Base::Layout { path, tag } => {
                let tag = tag.as_ref().map(|tag| format!(":{tag}"));
                Some(format!("oci:{}{}", local(path), tag.unwrap_or_default()))
            }
        }
    }

    fn refreshed(&self, name: &str) -> bool {
        self.rules.refresh.everything || self.rules.refresh.bases.contains(name)
    }

    /// What is done about something that the lock does not name.
    pub(super) fn missing(&self, what: &str) -> Result<(), Error> {
        if self.rules.strict {
            return Err(Error::NotLocked {
                what: what.to_owned(),
            });
        }
        held(&self.fresh).insert(what.to_owned());
        Ok(())
    }

    /// The digest that a published image is pinned to.
    pub(in crate::engine) fn image(&self, name: &str) -> Result<Option<Digest>, Error> {
        if self.refreshed(name) {
            return Ok(None);
        }
        match self.lock.images.get(name) {
            Some(image) => Ok(Some(image.digest)),
            None => self.missing(&format!("the base {name}")).map(|()| None),
        }
    }

    /// A base that was made from packages.
    pub(in crate::engine) fn bootstrap(
        &self,
        name: &str,
        platform: &str,
    ) -> Result<Option<LockedBootstrap>, Error> {
        if self.refreshed(name) {
            return Ok(None);
        }
        let locked = self.lock.bootstraps.get(name);
        match locked.and_then(|platforms| platforms.get(platform)) {
            Some(locked) => Ok(Some(locked.clone())),
            None => self
                .missing(&format!("the base {name} for {platform}"))
                .map(|()| None),
        }
    }

    /// What the lock knows of the facts of a base that is not there; none of what has a record.
    pub(in crate::engine) fn facts(&self, base: &Base, platform: &Platform) -> Option<Facts> {
        let (name, platform) = (self.name(base)?, platform_name(platform));
        if self.refreshed(&name) {
            return None;
        }
        if let Base::Bootstrap(_) = base {
            let locked = self.lock.bootstraps.get(&name)?.get(&platform)?;
            return Some(locked.facts.clone());
        }
        let locked = self.lock.images.get(&name)?.platforms.get(&platform)?;
        (!locked.record).then(|| locked.facts.clone())
    }

    /// What a request for packages means.
    pub(in crate::engine) fn packages(
        &self,
        flavour: &Flavour,
        name: &str,
        request: &Packages,
    ) -> Result<Pinned, Error> {
        let refresh = &self.rules.refresh;
        let platform = platform_name(&flavour.platform);
        let base = base_of(flavour).and_then(|base| self.name(base));
        // The base of a stage is not known here.
        let moved = base.map_or(!refresh.bases.is_empty(), |base| self.refreshed(&base));
        if refresh.everything || moved || refresh.recipes.contains(&*flavour.recipe) {
            return Ok(Pinned::Open(Vec::new()));
        }
        let recipe = self.lock.packages.get(&*flavour.recipe);
        let locked = recipe
            .and_then(|platforms| platforms.get(&platform))
            .and_then(|requests| requests.get(name));
        let Some(locked) = locked else {
            let what = format!(
                "what {} asks for on {platform} ({})",
                flavour.recipe,
                request.summary()
            );
            return self.missing(&what).map(|()| Pinned::Open(Vec::new()));
        };
        let is_wanted = |one: &&Resolved| refresh.packages.contains(&one.name);
        let packages = &locked.resolution.packages;
        if packages.iter().any(|one| is_wanted(&one)) {
            let kept = packages.iter().filter(|one| !is_wanted(one));
            return Ok(Pinned::Open(kept.cloned().collect()));
        }
        Ok(Pinned::Known(locked.resolution.clone()))
    }

    /// The ids that the accounts of a recipe had when they were locked.
    pub(in crate::engine) fn accounts(&self, flavour: &Flavour) -> Option<&Accounts> {
        let recipe = self.lock.accounts.get(&*flavour.recipe)?;
        recipe.get(&platform_name(&flavour.platform))
    }
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The base of the first of a flavour's ancestors; none for a stage.
fn base_of(flavour: &Flavour) -> Option<&Base> {
    match &flavour.parent {
        Parent::Flavour(parent) => base_of(parent),
        Parent::Base(base) if base.value == Base::Scratch => None,
        Parent::Base(base) => Some(&base.value),
    }
}

/// A path as seen from a folder, with forward slashes and no way through links.
fn relative(from: &Path, to: &Path) -> String {
    let plain = |path: &Path| -> Vec<String> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let mut parts = Vec::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(parts.pop()),
                Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
                _ => {}
            }
        }
        parts
    };
    let (from, to) = (plain(from), plain(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - same);
    let down = to.iter().skip(same).map(String::as_str);
    let parts: Vec<&str> = up.chain(down).collect();
    match parts.is_empty() {
        true => ".".to_owned(),
        false => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_the_repository() {
        let cases = [
            ("/a/b", "/a/b/out", "out"),
            ("/a/b", "/a/b/recipes/../../c/out", "../c/out"),
            ("/a/b", "/a/b", "."),
            ("/a/b", "/x", "../../x"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(relative(Path::new(from), Path::new(to)), expected, "{to}");
        }
    }
}
