//! What decides the bytes of a flavour, as one digest that is known without building.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::io::Write as _;

use serde_json::{Value, json};

use crate::action::{Packages, Tree};
use crate::engine::lock::Locking;
use crate::engine::step::requests;
use crate::memo::PROGRAM;
use crate::oci::{Digest, Hasher, Platform, platform_name, sorted_json};
use crate::recipe::{Base, Entry, Flavour, Parent, StageBase, request_name};

use super::needed::needed;

/// The number of the format of these digests.
const FORMAT: u32 = 1;

/// What an image is built of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The digest of everything that is known.
    pub key: Digest,
    /// What a build looks up that nothing pins, so that it may change while the digest stays.
    pub open: BTreeSet<String>,
}

/// The inputs of flavours, each found out once.
pub struct InputKeys<'a> {
    locking: &'a Locking,
    /// The digest that an image has now which the lock does not name.
    published: &'a dyn Fn(&str) -> Option<Digest>,
    known: BTreeMap<String, Inputs>,
}

impl fmt::Debug for InputKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputKeys").finish_non_exhaustive()
    }
}

impl<'a> InputKeys<'a> {
    /// None yet; `published` says which digest an image has now that is not locked.
    #[must_use]
    pub fn new(locking: &'a Locking, published: &'a dyn Fn(&str) -> Option<Digest>) -> Self {
        Self {
            locking,
            published,
            known: BTreeMap::new(),
        }
    }

    /// The inputs of a flavour that is given once for each platform.
    pub fn of_all<'f>(&mut self, flavours: impl IntoIterator<Item = &'f Flavour>) -> Inputs {
        let each: Vec<Inputs> = flavours.into_iter().map(|one| self.of(one)).collect();
        let keys: Vec<Digest> = each.iter().map(|inputs| inputs.key).collect();
        Inputs {
            key: Digest::of(&sorted_json(&keys)),
            open: each.into_iter().flat_map(|inputs| inputs.open).collect(),
        }
    }

    /// The inputs of a flavour for one platform.
    fn of(&mut self, flavour: &Flavour) -> Inputs {
        let platform = platform_name(&flavour.platform);
        let name = format!("{} {platform}", flavour.recipe);
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        let mut open = BTreeSet::new();
        let parent = match &flavour.parent {
            Parent::Flavour(parent) => {
                let inputs = self.of(parent);
                open.extend(inputs.open);
                json!(inputs.key)
            }
            Parent::Base(base) => self.base(base, &flavour.platform, &mut open),
        };
        let others = self.others(flavour, &mut open);
        let lock = self.locking.lock();
        let packages = self.packages(flavour, &mut open);
        if flavour.facts.is_none() {
            // What depends on them is left out of the entries.
            open.insert(format!("the distribution of {}", flavour.name));
        }
        let again = |entry: &&Entry| entry.no_cache;
        for entry in flavour.entries.iter().filter(again) {
            open.insert(format!(
                "{} of {}, which is never cached",
                entry.label, flavour.name
            ));
        }
        let accounts = lock.accounts.get(&*flavour.recipe);
        let accounts = accounts.and_then(|platforms| platforms.get(&platform));
        let key = Digest::of(&sorted_json(&json!({
            "format": FORMAT,
            "terroir": PROGRAM,
            "flavour": own(flavour),
            "parent": parent,
            "others": others,
            "epoch": lock.epoch,
            "packages": packages,
            "accounts": accounts.map(digest_of),
        })));
        let inputs = Inputs { key, open };
        self.known.insert(name, inputs.clone());
        inputs
    }

    /// What stands for a base: its digest in the lock, else that which it has now.
    fn base(&self, base: &Base, platform: &Platform, open: &mut BTreeSet<String>) -> Value {
        let (Some(name), lock) = (self.locking.name(&base.on(platform)), self.locking.lock())
        else {
            return json!("scratch");
        };
        let digest = match base {
            Base::Bootstrap(_) => {
                let locked = lock.bootstraps.get(&name);
                locked
                    .and_then(|platforms| platforms.get(&platform_name(platform)))
                    .map(digest_of)
            }
            Base::Image(reference) => {
                let locked = lock.images.get(&name).map(|image| image.digest);
                locked.or_else(|| (self.published)(reference))
            }
            _ => lock.images.get(&name).map(|image| image.digest),
        };
        if digest.is_none() {
            open.insert(format!("the base {}", base.describe()));
        }
        json!([name, digest])
    }

    /// What stands for the images that entries and stages take from, beside the parent.
    fn others(&self, flavour: &Flavour, open: &mut BTreeSet<String>) -> Vec<Value> {
        let needed = needed(flavour);
        let mut found = Vec::new();
        for tree in &needed {
            if let Tree::Image(reference) = tree {
                found.push(self.base(&Base::Image(reference.clone()), &flavour.platform, open));
            }
        }
        for stage in &flavour.stages {
            if let StageBase::Base(base) = &stage.from.value {
                found.push(self.base(base, &stage.platform, open));
            }
        }
        found
    }

    /// What the lock has of the packages of a flavour and its stages; notes requests that it does not
    /// answer.
    fn packages(&self, flavour: &Flavour, open: &mut BTreeSet<String>) -> Vec<Option<Digest>> {
        let stages = flavour.stages.iter().map(|stage| {
            let name = format!("{} stage {}", flavour.recipe, stage.name.value);
            (name, &stage.platform, &stage.entries)
        });
        let own = (
            flavour.recipe.to_string(),
            &flavour.platform,
            &flavour.entries,
        );
        let mut found = Vec::new();
        for (name, platform, entries) in stages.chain([own]) {
            let locked = self.locking.lock().packages.get(&name);
            let locked = locked.and_then(|all| all.get(&platform_name(platform)));
            found.push(locked.map(digest_of));
            let mut before: Vec<&Packages> = Vec::new();
            for request in entries.iter().flat_map(|entry| requests(&entry.actions)) {
                let same = before.iter().filter(|other| **other == request).count();
                let name = request_name(request, same);
                if !locked.is_some_and(|all| all.contains_key(&name)) {
                    let what = request.summary();
                    open.insert(format!("what {} asks for ({what})", flavour.name));
                }
                before.push(request);
            }
        }
        found
    }
}

/// The digest of what a recipe says itself. Whatever a flavour gets a new field for counts, unless it
/// is left out here.
fn own(flavour: &Flavour) -> Digest {
    let Flavour {
        name,
        description,
        version,
        owner,
        tier,
        recipe,
        platform,
        platforms,
        labels,
        publish,
        vars,
        stages,
        config,
        entries,
        last_wins,
        mandatory,
        exceptions,
        layers,
        tests,
        audit,
        ancestry,
        // What follows from the parent, and whether that is known yet.
        parent: _,
        facts: _,
        inherited_config: _,
        inherited: _,
        claims: _,
        life_cycle: _,
        notes: _,
    } = flavour;
    let about = (name, description, version, owner, tier, recipe, ancestry);
    let made = (
        platform, platforms, labels, publish, vars, config, last_wins,
    );
    let stages: Vec<_> = stages
        .iter()
        .map(|stage| {
            let above = match &stage.from.value {
                StageBase::Stage(name) => Some(name.as_str()),
                StageBase::Parent => None,
                // Its digest counts beside these.
                StageBase::Base(_) => Some("/"),
            };
            (&stage.name, above, &stage.platform, written(&stage.entries))
        })
        .collect();
    let rules = (mandatory, exceptions, layers, tests, audit);
    digest_of(&(about, made, stages, written(entries), rules))
}

/// The digest of entries; of the files that they read it takes the content, not where they lie.
fn written(entries: &[Entry]) -> Digest {
    let all: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let Entry {
                label,
                origin,
                proposals,
                actions,
                no_cache,
                config,
                finish,
                unbuilt: _,
            } = entry;
            json!([
                digest_of(&(label, origin, proposals, no_cache, config, finish)),
                actions
            ])
        })
        .collect();
    Digest::of(&sorted_json(&all))
}

/// The digest of a value as it is written for developers: all of its fields, in a fixed order.
fn digest_of(value: &impl fmt::Debug) -> Digest {
    struct Digesting(Hasher);
    impl fmt::Write for Digesting {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write_all(text.as_bytes()).map_err(|_| fmt::Error)
        }
    }
    let mut digesting = Digesting(Hasher::default());
    // A digest takes whatever is written to it.
    let _ = write!(digesting, "{value:?}");
    digesting.0.finish().0
}
