//! terroir.lock: what recipes took from outside when they were last resolved.
//!
//! It names content by digest: bases, exact packages, shipped layers. A package is a name, a version,
//! a digest and a place; whatever else apt needs to know of it stands in the package itself, so the
//! lock and the package files are enough to build again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::Packages;
use crate::oci::{Digest, sorted_json};
use crate::origin::{Diagnostic, Origin};
use crate::package::{Accounts, Bootstrap, Resolution};
use crate::recipe::flavour::facts::Facts;
use crate::yaml::{Node, decode, parse_any_size};

use super::line::PackageLine;

/// The name of the file in the repository root.
pub const LOCK_FILE: &str = "terroir.lock";
/// The number of the format that is written.
pub const LOCK_FORMAT: u32 = 2;
/// The oldest format that is read: it has no accounts.
const OLDEST_LOCK: u32 = 1;
/// Largest lock that is read, in bytes.
pub const MAX_LOCK: u64 = 8 << 20;

/// What recipes took from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The creation date of images, in seconds since 1970, where it is not that of their base.
    pub epoch: Option<u64>,
    /// Where packages and bases are kept: a reference, `oci:DIR:TAG` or `oci-archive:FILE`.
    pub vendor: Option<String>,
    /// Images by their reference.
    pub images: BTreeMap<String, LockedImage>,
    /// Bootstrapped bases by their name and platform.
    pub bootstraps: BTreeMap<String, BTreeMap<String, LockedBootstrap>>,
    /// Packages by recipe, platform and request.
    pub packages: BTreeMap<String, BTreeMap<String, BTreeMap<String, LockedPackages>>>,
    /// Digests of the layers that terroir ships, as far as recipes use them.
    pub layers: BTreeMap<String, Digest>,
    /// Numeric ids of the accounts that recipes add, by recipe and platform.
    pub accounts: BTreeMap<String, BTreeMap<String, Accounts>>,
}

/// An image that recipes derive from or copy from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockedImage {
    /// The digest of what the reference named: an index, or the only manifest.
    pub digest: Digest,
    /// What it is for each platform.
    #[serde(default)]
    pub platforms: BTreeMap<String, LockedPlatform>,
}

/// An image for one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockedPlatform {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The distribution's facts.
    pub facts: Facts,
    /// Whether it carries a flavour record.
    #[serde(default)]
    pub record: bool,
}

/// A base that was made from packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockedBootstrap {
    /// Its creation date, in seconds since 1970.
    pub date: u64,
    /// The distribution's facts.
    pub facts: Facts,
    /// The diff ID of its layer.
    pub layer: Digest,
    /// Digests of the archive's release files, by their addresses.
    #[serde(default)]
    pub releases: BTreeMap<String, Digest>,
}

/// The exact packages of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedPackages {
    /// The entry that asks for them.
    pub entry: String,
    /// What it asks for, in one line.
    pub request: String,
    /// The packages.
    pub resolution: Resolution,
}

impl LockedPackages {
    /// Locks what a request turned out to mean.
    #[must_use]
    pub fn new(entry: &str, request: &Packages, resolution: &Resolution) -> Self {
        Self {
            entry: entry.to_owned(),
            request: request.summary(),
            resolution: resolution.clone(),
        }
    }
}

/// The name of a request in the lock: what it asks for, and how often the recipe asked for the same
/// before.
#[must_use]
pub fn request_name(request: &Packages, before: usize) -> String {
    let name = Digest::of(&sorted_json(request)).short();
    match before {
        0 => name,
        some => format!("{name}-{}", some + 1),
    }
}

/// The name of a bootstrap in the lock; it is the same for all architectures.
#[must_use]
pub fn bootstrap_name(bootstrap: &Bootstrap) -> String {
    let any = Bootstrap {
        architecture: String::new(),
        ..bootstrap.clone()
    };
    let inputs = Digest::of(&sorted_json(&any)).short();
    format!("{} {} {inputs}", bootstrap.distribution, bootstrap.suite)
}

impl Lock {
    /// Tells whether nothing is locked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads a lock; an empty file is one that locks nothing.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        if text
            .lines()
            .all(|line| line.trim().is_empty() || line.starts_with('#'))
        {
            return Ok(Self::default());
        }
        if let Some(line) = text.lines().position(|line| {
            ["<<<<<<< ", ">>>>>>> "]
                .iter()
                .any(|mark| line.starts_with(mark))
        }) {
            let origin = Origin {
                line: u32::try_from(line + 1).unwrap_or_default(),
                column: 1,
                ..Origin::of_file(LOCK_FILE)
            };
            return Err(vec![
                Diagnostic::error(&origin, "a merge was not finished here").hint(
                    "keep the lines of both sides where they differ in what they name, then run \
                     terroir lock",
                ),
            ]);
        }
        let node = parse_any_size(LOCK_FILE, text)?;
        check_format(&node)?;
        decode::<Document>(&node).map(Self::from)
    }
}

/// Refuses formats that are not known, by their number.
fn check_format(node: &Node) -> Result<(), Vec<Diagnostic>> {
    let hint = "terroir lock writes a new one";
    let Some(format) = node.get("format") else {
        let message = "the lock does not state its format";
        return Err(vec![Diagnostic::error(&node.origin, message).hint(hint)]);
    };
    match format.as_text().and_then(|text| text.parse::<u32>().ok()) {
        Some(OLDEST_LOCK..=LOCK_FORMAT) => Ok(()),
        Some(newer) if newer > LOCK_FORMAT => {
            let message = format!("the lock has format {newer}, this terroir reads {LOCK_FORMAT}");
            Err(vec![
                Diagnostic::error(&format.origin, message).hint("update terroir"),
            ])
        }
        _ => {
            let message = "this is not a lock format";
            Err(vec![Diagnostic::error(&format.origin, message).hint(hint)])
        }
    }
}

/// The file as written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    #[serde(rename = "format")]
    _format: u32,
    epoch: Option<u64>,
    vendor: Option<String>,
    #[serde(default)]
    bases: Bases,
    #[serde(default)]
    packages: BTreeMap<String, BTreeMap<String, BTreeMap<String, Request>>>,
    #[serde(default)]
    layers: BTreeMap<String, Digest>,
    #[serde(default)]
    accounts: BTreeMap<String, BTreeMap<String, Accounts>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bases {
    #[serde(default)]
    images: BTreeMap<String, LockedImage>,
    #[serde(default)]
    bootstraps: BTreeMap<String, BTreeMap<String, LockedBootstrap>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    entry: String,
    request: String,
    #[serde(default)]
    packages: Vec<PackageLine>,
}

impl From<Document> for Lock {
    fn from(document: Document) -> Self {
        let request = |request: Request| LockedPackages {
            entry: request.entry,
            request: request.request,
            resolution: Resolution {
                packages: request.packages.into_iter().map(|line| line.0).collect(),
            },
        };
        let requests = |all: BTreeMap<String, Request>| {
            all.into_iter()
                .map(|(name, one)| (name, request(one)))
                .collect()
        };
        let platforms = |all: BTreeMap<String, BTreeMap<String, Request>>| {
            all.into_iter()
                .map(|(name, one)| (name, requests(one)))
                .collect()
        };
        Self {
            epoch: document.epoch,
            vendor: document.vendor,
            images: document.bases.images,
            bootstraps: document.bases.bootstraps,
            packages: document
                .packages
                .into_iter()
                .map(|(recipe, all)| (recipe, platforms(all)))
                .collect(),
            layers: document.layers,
            accounts: document.accounts,
        }
    }
}
