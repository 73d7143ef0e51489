//! Two images compared part by part.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::config::config;
use super::files::{FileItem, bytes, files};
use super::item::{Item, Part};
use super::layers::{LayerItem, LayerLine, Update, layers, update};
use super::listing::Listings;
use super::records::{Stated, exceptions, rules, settings};
use crate::audit::ControlDrift;
use crate::package::compare_versions;
use crate::recipe::{Direction, Record};

/// The packages of a root with their versions, or why they are not known.
pub type PackageList = Result<BTreeMap<String, String>, String>;

/// What is known of one of the images.
#[derive(Clone, Debug)]
pub struct Contents {
    /// What the command line calls it.
    pub target: String,
    /// The digest of the platform's manifest; none for a folder.
    pub digest: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// The distribution as it names itself.
    pub distribution: String,
    /// The flavour's record.
    pub record: Option<Arc<Record>>,
    /// All paths.
    pub files: Listings,
    /// The packages.
    pub packages: PackageList,
    /// The layers and the config; none for a folder.
    pub image: Option<(Vec<LayerLine>, Value)>,
}

/// One of the images in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// What the command line calls it.
    pub target: String,
    /// The digest of the platform's manifest.
    pub digest: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// The flavour.
    pub flavour: Option<String>,
    /// The distribution as it names itself.
    pub distribution: String,
    /// Number of layers.
    pub layers: Option<usize>,
    /// Bytes of all layers, compressed.
    pub size: Option<u64>,
    /// Bytes of all files.
    pub unpacked: u64,
}

/// What differs between two images.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The version of this format.
    pub format: u32,
    /// The older image.
    pub old: Compared,
    /// The newer image.
    pub new: Compared,
    /// Settings by their values in force.
    pub settings: Part<Item>,
    /// Mandatory rules.
    pub rules: Part<Item>,
    /// Controls of the benchmark by their verdicts.
    pub controls: Part<ControlDrift>,
    /// Exceptions from controls.
    pub exceptions: Part<Item>,
    /// Packages by their versions.
    pub packages: Part<Item>,
    /// Files by content, kind, mode, owner, target and attributes.
    pub files: Part<FileItem>,
    /// What containers are told: environment, command, user, labels.
    pub config: Part<Item>,
    /// Layers.
    pub layers: Part<LayerItem>,
    /// What a machine fetches that has the older image; none where one is a folder.
    pub update: Option<Update>,
}

impl Overview {
    /// Compares two images; the controls were compared by their audits.
    #[must_use]
    pub fn between(old: &Contents, new: &Contents, controls: Part<ControlDrift>) -> Self {
        type Look = fn(Stated<'_>, Stated<'_>) -> Vec<Item>;
        let of_records = |look: Look| match (&old.record, &new.record) {
            (Some(was), Some(is)) => Part::of(look(was.as_ref().into(), is.as_ref().into())),
            (was, _) => {
                let without = if was.is_none() { old } else { new };
                Part::unknown(format!("{} has no flavour record", without.target))
            }
        };
        let images = old.image.as_ref().zip(new.image.as_ref());
        let folder = || {
            let without = if old.image.is_none() { old } else { new };
            format!("{} is a folder", without.target)
        };
        Self {
            format: 1,
            settings: of_records(settings),
            rules: of_records(rules),
            exceptions: of_records(exceptions),
            controls,
            packages: packages(old, new),
            files: Part::of(files(&old.files, &new.files)),
            config: match images {
                Some(((_, was), (_, is))) => Part::of(config(was, is)),
                None => Part::unknown(folder()),
            },
            layers: match images {
                Some(((was, _), (is, _))) => Part::of(layers(was, is)),
                None => Part::unknown(folder()),
            },
            update: images.map(|((was, _), (is, _))| update(was, is)),
            old: side(old),
            new: side(new),
        }
    }

    /// Tells whether nothing differs in what was compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let items = [
            &self.settings,
            &self.rules,
            &self.exceptions,
            &self.packages,
            &self.config,
        ];
        items.iter().all(|part| part.changes.is_empty())
            && self.controls.changes.is_empty()
            && self.files.changes.is_empty()
            && self.layers.changes.is_empty()
    }
}

fn side(contents: &Contents) -> Compared {
    let layers = contents.image.as_ref().map(|(layers, _)| layers);
    Compared {
        target: contents.target.clone(),
        digest: contents.digest.clone(),
        platform: contents.platform.clone(),
        flavour: contents
            .record
            .as_ref()
            .map(|record| record.flavour().name.clone()),
        distribution: contents.distribution.clone(),
        layers: layers.map(Vec::len),
        size: layers.map(|layers| layers.iter().map(|layer| layer.size).sum()),
        unpacked: bytes(&contents.files),
    }
}

fn packages(old: &Contents, new: &Contents) -> Part<Item> {
    let (was, is) = match (&old.packages, &new.packages) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(why), _) => return Part::unknown(format!("{}: {why}", old.target)),
        (_, Err(why)) => return Part::unknown(format!("{}: {why}", new.target)),
    };
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let items = names.into_iter().filter_map(|name| {
        let (before, after) = (was.get(name), is.get(name));
        let item = Item::between(name, before.cloned(), after.cloned())?;
        let direction = match before.zip(after) {
            None => item.direction,
            Some((before, after)) => match compare_versions(before, after) {
                Ordering::Less => Direction::Up,
                Ordering::Greater => Direction::Down,
                Ordering::Equal => Direction::Changed,
            },
        };
        Some(Item { direction, ..item })
    });
    Part::of(items.collect())
}
