//! A flavour beside its lock and what registries and archives have now.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::answer::{Answer, Cause, Freshness, Why};
use crate::oci::Digest;
use crate::package::{Newest, compare_versions, is_security};
use crate::recipe::Lock;

/// What a reference stands for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The index, or the only manifest.
    pub digest: Digest,
    /// The manifest of each platform.
    pub platforms: BTreeMap<String, Digest>,
}

/// What an archive has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The digest of its release file.
    pub digest: Digest,
    /// Its newest packages by architecture; none where the release file is as locked.
    pub newest: BTreeMap<String, Result<Newest, String>>,
}

/// What was seen outside; an error says why something could not be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Images by their name in the lock.
    pub images: BTreeMap<String, Result<Current, String>>,
    /// Archives by the address of their release file.
    pub archives: BTreeMap<String, Result<Archive, String>>,
}

/// What one recipe of a flavour's ancestry takes in.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The recipe.
    pub recipe: String,
    /// The names of images and bases in the lock.
    pub bases: Vec<String>,
    /// Requests for packages: the name in the lock, and the words.
    pub requests: Vec<(String, String)>,
    /// Layers that terroir ships, with their digests now.
    pub layers: BTreeMap<String, Digest>,
}

/// Compares a flavour, by the recipes of its ancestry, its own first.
#[must_use]
pub fn compare_to_lock(
    (flavour, platform, architecture): (&str, &str, &str),
    ancestry: &[Asked],
    (lock, seen): (&Lock, &Seen),
) -> Answer {
    let one = Judged {
        platform,
        architecture,
        lock,
        seen,
    };
    let mut causes = Vec::new();
    for asked in ancestry {
        for base in &asked.bases {
            one.base(base, asked, &mut causes);
        }
        one.packages(asked, ancestry, &mut causes);
        one.layers(asked, &mut causes);
    }
    let recipes = ancestry.iter().map(|asked| asked.recipe.clone());
    let mut recipes: Vec<String> = recipes.collect();
    let own = match recipes.is_empty() {
        true => String::new(),
        false => recipes.remove(0),
    };
    let answer = Answer {
        flavour: flavour.to_owned(),
        recipe: own,
        platform: platform.to_owned(),
        parents: recipes,
        state: Freshness::Fresh,
        causes,
    };
    answer.conclude()
}

struct Judged<'a> {
    platform: &'a str,
    architecture: &'a str,
    lock: &'a Lock,
    seen: &'a Seen,
}

impl Judged<'_> {
    fn base(&self, name: &str, asked: &Asked, causes: &mut Vec<Cause>) {
        if let Some(platforms) = self.lock.bootstraps.get(name) {
            return match platforms.get(self.platform) {
                Some(locked) => {
                    for (url, digest) in &locked.releases {
                        causes.extend(self.archive((url, digest), asked));
                    }
                    if locked.releases.is_empty() {
                        let why = "the lock does not say from which state of the archive it is";
                        causes.push(unknown(Why::Archive, name, (None, asked), why));
                    }
                }
                None => causes.push(unlocked(&format!("base {name}"), asked)),
            };
        }
        let Some(image) = self.lock.images.get(name) else {
            causes.push(unlocked(&format!("base {name}"), asked));
            return;
        };
        let whole = Some(image.digest.to_string());
        let current = match self.seen.images.get(name) {
            Some(Ok(current)) => current,
            Some(Err(why)) => return causes.push(unknown(Why::Base, name, (whole, asked), why)),
            None => {
                let why = "nobody was asked";
                return causes.push(unknown(Why::Base, name, (whole, asked), why));
            }
        };
        if current.digest == image.digest {
            return;
        }
        let locked = image.platforms.get(self.platform).map(|one| one.manifest);
        let is = current.platforms.get(self.platform).copied();
        // Another platform of the same index may have changed alone.
        if is.is_some() && is == locked {
            return;
        }
        causes.push(Cause {
            why: Why::Base,
            name: name.to_owned(),
            locked: locked.map(|digest| digest.to_string()).or(whole),
            available: is.map(|digest| digest.to_string()),
            recipe: asked.recipe.clone(),
            unknown: None,
        });
    }

    fn archive(&self, (url, locked): (&str, &Digest), asked: &Asked) -> Option<Cause> {
        let held = Some(locked.to_string());
        match self.seen.archives.get(url) {
            Some(Ok(archive)) if archive.digest == *locked => None,
            Some(Ok(archive)) => Some(Cause {
                why: Why::Archive,
                name: url.to_owned(),
                locked: held,
                available: Some(archive.digest.to_string()),
                recipe: asked.recipe.clone(),
                unknown: None,
            }),
            Some(Err(why)) => Some(unknown(Why::Archive, url, (held, asked), why)),
            None => Some(unknown(
                Why::Archive,
                url,
                (held, asked),
                "nobody was asked",
            )),
        }
    }

    /// The archives of the base at the end of an ancestry, by their release files.
    fn archives(&self, ancestry: &[Asked]) -> Vec<&str> {
        let bases = ancestry.iter().flat_map(|asked| &asked.bases);
        let locked = bases.filter_map(|name| self.lock.bootstraps.get(name)?.get(self.platform));
        let urls = locked.flat_map(|locked| locked.releases.keys());
        urls.map(String::as_str).collect()
    }

    fn packages(&self, asked: &Asked, ancestry: &[Asked], causes: &mut Vec<Cause>) {
        let archives = self.archives(ancestry);
        let of = |place: &str| {
            let recipe = place.split(" stage ").next().unwrap_or(place);
            recipe == asked.recipe
        };
        let places = self.lock.packages.iter().filter(|(place, _)| of(place));
        let own = self.lock.packages.get(&asked.recipe);
        let own = own.and_then(|platforms| platforms.get(self.platform));
        for (name, words) in &asked.requests {
            if own.is_none_or(|requests| !requests.contains_key(name)) {
                causes.push(unlocked(words, asked));
            }
        }
        let requests = places.filter_map(|(_, platforms)| platforms.get(self.platform));
        let packages = requests
            .flat_map(BTreeMap::values)
            .flat_map(|one| &one.resolution.packages);
        for package in packages.filter(|package| !package.url.is_empty()) {
            let name = match package.architecture.as_str() {
                "all" => package.name.clone(),
                architecture => format!("{}:{architecture}", package.name),
            };
            let locked = Some(package.version.clone());
            match self.newer((&name, &package.version, &package.url), &archives) {
                Ok(None) => {}
                Ok(Some((why, version))) => causes.push(Cause {
                    why,
                    name,
                    locked,
                    available: Some(version),
                    recipe: asked.recipe.clone(),
                    unknown: None,
                }),
                Err(why) => {
                    causes.push(unknown(Why::Package, &name, (locked, asked), &why));
                }
            }
        }
    }

    /// The newest version of a package in the archives that changed, if it is newer.
    fn newer(
        &self,
        (name, locked, url): (&str, &str, &str),
        archives: &[&str],
    ) -> Result<Option<(Why, String)>, String> {
        let place = |release: &str| {
            let end = release.find("/dists/").map(|at| at + 1);
            release
                .get(..end.unwrap_or(release.len() - "InRelease".len().min(release.len())))
                .unwrap_or_default()
                .to_owned()
        };
        if !archives
            .iter()
            .any(|release| url.starts_with(&place(release)))
        {
            return Err("its archive is not one of the base's; terroir update looks".to_owned());
        }
        let mut found: Option<(Why, String)> = None;
        for release in archives {
            // What could not be seen is told of the archive itself.
            let Some(Ok(archive)) = self.seen.archives.get(*release) else {
                continue;
            };
            let newest = match archive.newest.get(self.architecture) {
                Some(Ok(newest)) => newest,
                Some(Err(why)) => return Err(why.clone()),
                None => continue,
            };
            let Some(version) = newest.get(name) else {
                continue;
            };
            let held = found.as_ref().map_or(locked, |(_, version)| version);
            if compare_versions(held, version) == Ordering::Less {
                let why = match is_security(release) {
                    true => Why::Security,
                    false => Why::Package,
                };
                found = Some((why, version.clone()));
            }
        }
        Ok(found)
    }

    fn layers(&self, asked: &Asked, causes: &mut Vec<Cause>) {
        for (name, is) in &asked.layers {
            match self.lock.layers.get(name) {
                Some(locked) if locked == is => {}
                Some(locked) => causes.push(Cause {
                    why: Why::Layer,
                    name: name.clone(),
                    locked: Some(locked.to_string()),
                    available: Some(is.to_string()),
                    recipe: asked.recipe.clone(),
                    unknown: None,
                }),
                None => causes.push(unlocked(&format!("layer {name}"), asked)),
            }
        }
    }
}

fn unlocked(what: &str, asked: &Asked) -> Cause {
    Cause {
        why: Why::Recipe,
        name: what.to_owned(),
        locked: None,
        available: None,
        recipe: asked.recipe.clone(),
        unknown: None,
    }
}

fn unknown(
    why: Why,
    name: &str,
    (locked, asked): (Option<String>, &Asked),
    because: &str,
) -> Cause {
    Cause {
        why,
        name: name.to_owned(),
        locked,
        available: None,
        recipe: asked.recipe.clone(),
        unknown: Some(because.to_owned()),
    }
}
