//! A lock in force: what it pins, what may be looked for anew, and what was used of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::action::Packages;
use crate::oci::{Descriptor, Digest, Platform, platform_name};
use crate::package::{Accounts, Resolution, Resolved};
use crate::recipe::{
    Base, Facts, Flavour, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform,
    Parent, bootstrap_name,
};

use super::error::Error;
use super::parent::ParentImage;

/// How closely a lock is kept to.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Whether what is not locked is refused.
    pub strict: bool,
    /// What is looked for anew although it is locked.
    pub refresh: Refresh,
    /// Where packages and bases are kept, instead of what the lock says.
    pub vendor: Option<Base>,
}

/// What is looked for anew although it is locked.
#[derive(Clone, Debug, Default)]
pub struct Refresh {
    /// Everything.
    pub everything: bool,
    /// Bases by their name in the lock, with the packages of all that stands on them.
    pub bases: BTreeSet<String>,
    /// The packages of recipes.
    pub recipes: BTreeSet<String>,
    /// Packages by name; the others of the same request stay as long as that is possible.
    pub packages: BTreeSet<String>,
}

/// What is known of a request for packages.
#[derive(Clone, Debug)]
pub(super) enum Pinned {
    /// Exactly these.
    Known(Resolution),
    /// They are to be found out; these stay if the archives still have them.
    Open(Vec<Resolved>),
}

/// A lock while flavours are built by it.
#[derive(Debug)]
pub struct Locking {
    root: PathBuf,
    lock: Lock,
    rules: Rules,
    used: Mutex<Lock>,
    fresh: Mutex<BTreeSet<String>>,
    layers: Mutex<BTreeMap<String, Descriptor>>,
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

    /// What was used: of the lock, and beside it.
    #[must_use]
    pub fn used(&self) -> Lock {
        held(&self.used).clone()
    }

    /// What was used and is not locked.
    #[must_use]
    pub fn fresh(&self) -> BTreeSet<String> {
        held(&self.fresh).clone()
    }

    /// The layers of bootstrapped bases that were used, by name and platform.
    #[must_use]
    pub fn layers(&self) -> BTreeMap<String, Descriptor> {
        held(&self.layers).clone()
    }

    /// Where packages and bases are kept.
    pub(super) fn vendor(&self) -> Option<Base> {
        let stated = || {
            let text = self.lock.vendor.as_ref()?;
            match super::target::Target::parse(text) {
                super::target::Target::Base(base) => Some(match base {
                    Base::Layout { path, tag } => Base::Layout {
                        path: self.root.join(path),
                        tag,
                    },
                    Base::Archive(path) => Base::Archive(self.root.join(path)),
                    other => other,
                }),
                super::target::Target::Recipe(_) => None,
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
    fn missing(&self, what: &str) -> Result<(), Error> {
        if self.rules.strict {
            return Err(Error::NotLocked {
                what: what.to_owned(),
            });
        }
        held(&self.fresh).insert(what.to_owned());
        Ok(())
    }

    /// The digest that a published image is pinned to.
    pub(super) fn image(&self, name: &str) -> Result<Option<Digest>, Error> {
        if self.refreshed(name) {
            return Ok(None);
        }
        match self.lock.images.get(name) {
            Some(image) => Ok(Some(image.digest)),
            None => self.missing(&format!("the base {name}")).map(|()| None),
        }
    }

    /// A base that was made from packages.
    pub(super) fn bootstrap(
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
    pub(super) fn facts(&self, base: &Base, platform: &Platform) -> Option<Facts> {
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
    pub(super) fn packages(
        &self,
        flavour: &Flavour,
        name: &str,
        request: &Packages,
    ) -> Result<Pinned, Error> {
        let refresh = &self.rules.refresh;
        let platform = platform_name(&flavour.platform);
        let base = base_of(flavour).and_then(|base| self.name(base));
        // Nobody knows here what a stage stands on.
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

    /// Notes that an image was used.
    pub(super) fn use_image(&self, name: &str, platform: &Platform, parent: &ParentImage) {
        let (Some(digest), Some(manifest)) = (parent.root, parent.manifest) else {
            return;
        };
        let one = LockedPlatform {
            manifest,
            facts: parent.facts.clone(),
            record: parent.record.is_some(),
        };
        let mut used = held(&self.used);
        let image = used
            .images
            .entry(name.to_owned())
            .or_insert_with(|| LockedImage {
                digest,
                platforms: BTreeMap::new(),
            });
        image.platforms.insert(platform_name(platform), one);
    }

    /// Notes that a base was used that was made from packages.
    pub(super) fn use_bootstrap(
        &self,
        name: &str,
        platform: &str,
        (parent, releases): (&ParentImage, BTreeMap<String, Digest>),
    ) {
        let (Some(layer), Some(diff_id)) = (parent.layers.first(), parent.diff_ids.first()) else {
            return;
        };
        let locked = LockedBootstrap {
            date: parent.epoch,
            facts: parent.facts.clone(),
            layer: *diff_id,
            releases,
        };
        held(&self.layers).insert(format!("{name} {platform}"), layer.clone());
        let mut used = held(&self.used);
        let platforms = used.bootstraps.entry(name.to_owned()).or_default();
        platforms.insert(platform.to_owned(), locked);
    }

    /// Notes what a request turned out to mean.
    pub(super) fn use_packages(&self, flavour: &Flavour, name: &str, locked: LockedPackages) {
        let mut used = held(&self.used);
        let platforms = used.packages.entry(flavour.recipe.to_string()).or_default();
        let requests = platforms
            .entry(platform_name(&flavour.platform))
            .or_default();
        requests.insert(name.to_owned(), locked);
    }

    /// The ids that the accounts of a recipe had when they were locked.
    pub(super) fn accounts(&self, flavour: &Flavour) -> Option<&Accounts> {
        let recipe = self.lock.accounts.get(&*flavour.recipe)?;
        recipe.get(&platform_name(&flavour.platform))
    }

    /// Notes the accounts that a recipe adds to its parent's.
    pub(super) fn use_accounts(&self, flavour: &Flavour, accounts: Accounts) {
        let locked = self.accounts(flavour).cloned().unwrap_or_default();
        let new = accounts.beyond(&locked).count();
        if new > 0 {
            let what = format!("the ids of {new} accounts of {}", flavour.recipe);
            held(&self.fresh).insert(what);
        }
        if !accounts.is_empty() {
            let mut used = held(&self.used);
            let platforms = used.accounts.entry(flavour.recipe.to_string()).or_default();
            platforms.insert(platform_name(&flavour.platform), accounts);
        }
    }

    /// Notes that a layer was used that terroir ships; refuses one that changed.
    pub fn use_layer(&self, name: &str, digest: Digest) -> Result<(), Error> {
        held(&self.used).layers.insert(name.to_owned(), digest);
        let what = format!("the layer {name} of this terroir");
        match self.lock.layers.get(name) {
            Some(locked) if *locked == digest => Ok(()),
            Some(locked) if self.rules.strict => Err(Error::Drift {
                what,
                why: format!("{locked} is locked, {digest} is there"),
            }),
            _ => self.missing(&what),
        }
    }

    /// Refuses a local image that changed, or notes it.
    pub(super) fn local(&self, name: &str, found: Option<Digest>) -> Result<(), Error> {
        let Some(locked) = self.image(name)? else {
            return Ok(());
        };
        if found == Some(locked) {
            return Ok(());
        }
        if self.rules.strict {
            let found = found.map(|found| found.to_string()).unwrap_or_default();
            return Err(Error::Drift {
                what: format!("the base {name}"),
                why: format!("{locked} is locked, {found} is there"),
            });
        }
        held(&self.fresh).insert(format!("the base {name}, which changed"));
        Ok(())
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the first of a flavour's ancestors stands on; none for a stage.
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
