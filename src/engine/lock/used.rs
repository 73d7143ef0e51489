//! What a build used of a lock, and what it used beside it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::error::Error;
use crate::engine::parent::ParentImage;
use crate::oci::{Descriptor, Digest, Platform, platform_name};
use crate::package::Accounts;
use crate::recipe::{Flavour, Lock, LockedBootstrap, LockedImage, LockedPackages, LockedPlatform};

use super::locking::{Locking, held};

impl Locking {
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

    /// Notes that an image was used.
    pub(in crate::engine) fn use_image(
        &self,
        name: &str,
        platform: &Platform,
        parent: &ParentImage,
    ) {
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
    pub(in crate::engine) fn use_bootstrap(
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
    pub(in crate::engine) fn use_packages(
        &self,
        flavour: &Flavour,
        name: &str,
        locked: LockedPackages,
    ) {
        let mut used = held(&self.used);
        let platforms = used.packages.entry(flavour.recipe.to_string()).or_default();
        let requests = platforms
            .entry(platform_name(&flavour.platform))
            .or_default();
        requests.insert(name.to_owned(), locked);
    }

    /// Notes the accounts that a recipe adds to its parent's.
    pub(in crate::engine) fn use_accounts(&self, flavour: &Flavour, accounts: Accounts) {
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
    pub(in crate::engine) fn local(&self, name: &str, found: Option<Digest>) -> Result<(), Error> {
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
