//! What installing needs to know of a flavour.

use std::collections::BTreeMap;

use serde_json::Value;

use super::choice::Filesystem;
use super::word::Size;
use crate::recipe::{Claims, Flavour};

/// A file system that a flavour wants to be one of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The device, such as `tmpfs`; none when the installer makes a volume.
    pub device: Option<String>,
    /// The file system.
    pub filesystem: Option<Filesystem>,
    /// Whether it is kept in memory or made by the kernel: `tmpfs` and its like.
    pub is_virtual: bool,
    /// Its mount options.
    pub options: Vec<String>,
    /// Its size, if the flavour says one.
    pub size: Option<Size>,
}

/// What installing needs to know of a flavour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlavourFacts {
    /// Its name.
    pub name: String,
    /// Where it is published, if its recipe says so.
    pub reference: Option<String>,
    /// `ID` of its os-release.
    pub id: Option<String>,
    /// `VERSION_ID` of its os-release.
    pub version_id: Option<String>,
    /// Its mount settings, by mount point.
    pub mounts: BTreeMap<String, Mount>,
    /// Its kernel arguments.
    pub kernel_arguments: Vec<String>,
}

impl FlavourFacts {
    /// The facts of a loaded recipe.
    #[must_use]
    pub fn of(flavour: &Flavour) -> Self {
        let published = flavour.publish.as_ref().map(|_| flavour.reference());
        let architecture = flavour.platform.architecture().to_string();
        let mut facts = Self::of_claims(&flavour.name, &flavour.claims, &architecture);
        facts.reference = published;
        if let Some(known) = &flavour.facts {
            facts.id = Some(known.id.clone());
            facts.version_id = Some(known.version_id.clone());
        }
        facts
    }

    /// The facts of settings, as the record of a published image has them; the architecture is in
    /// OCI's words.
    #[must_use]
    pub fn of_claims(name: &str, claims: &Claims, architecture: &str) -> Self {
        let mut facts = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        for (key, chain) in claims.iter() {
            let Some(claim) = chain.last() else { continue };
            match key.split_once(':') {
                Some(("mount", place)) => {
                    facts.mounts.insert(place.to_owned(), mount(&claim.value));
                }
                Some(("karg", name)) => {
                    // bootc's names of architectures follow an `@`.
                    let (name, only) = name.split_once('@').unwrap_or((name, ""));
                    let own = match architecture {
                        "amd64" => "x86_64",
                        "arm64" => "aarch64",
                        "ppc64le" => "powerpc64",
                        other => other,
                    };
                    if only.is_empty() || only.split(',').any(|only| only == own) {
                        let words = kernel_arguments(name, &claim.value);
                        facts.kernel_arguments.extend(words);
                    }
                }
                _ => {}
            }
        }
        facts
    }
}

/// Reads the value of a setting `mount:PLACE`; what it does not say is absent.
fn mount(value: &Value) -> Mount {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let options = value.get("options").and_then(Value::as_array);
    Mount {
        device: text("device").map(str::to_owned),
        filesystem: match text("fstype") {
            Some("xfs") => Some(Filesystem::Xfs),
            Some("ext4") => Some(Filesystem::Ext4),
            Some("btrfs") => Some(Filesystem::Btrfs),
            _ => None,
        },
        is_virtual: matches!(
            text("fstype"),
            Some("tmpfs" | "devtmpfs" | "proc" | "sysfs" | "none")
        ),
        options: options
            .into_iter()
            .flatten()
            .filter_map(|option| option.as_str().map(str::to_owned))
            .collect(),
        size: text("size").and_then(|size| size.parse().ok()),
    }
}

/// Reads the value of a setting `karg:NAME`: what follows each `=`, nothing for no `=`.
fn kernel_arguments(name: &str, value: &Value) -> Vec<String> {
    let values = value.as_array();
    let word = |value: &Value| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => name.to_owned(),
    };
    values.into_iter().flatten().map(word).collect()
}
