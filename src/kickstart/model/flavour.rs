//! The facts of a flavour that an installation needs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::action::LifeCycle;
use crate::kickstart::value::choice::Filesystem;
use crate::recipe::{Claims, Flavour};

/// A file system that a flavour wants to be a volume of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The file system, where the flavour has one.
    pub filesystem: Option<Filesystem>,
    /// Its mount options.
    pub options: Vec<String>,
}

/// What installing needs to know of a flavour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlavourFacts {
    /// Its name.
    pub name: String,
    /// Where it is published, if its recipe has that.
    pub reference: Option<String>,
    /// `ID` of its os-release.
    pub id: Option<String>,
    /// `VERSION_ID` of its os-release.
    pub version_id: Option<String>,
    /// The mounts that its settings want to be volumes of their own, by mount point.
    pub mounts: BTreeMap<String, Mount>,
    /// Its kernel arguments.
    pub kernel_arguments: Vec<String>,
    /// How its machines live, if that is known.
    pub life_cycle: Option<LifeCycle>,
}

impl FlavourFacts {
    /// The facts of a loaded recipe.
    #[must_use]
    pub fn of(flavour: &Flavour) -> Self {
        let published = flavour.publish.as_ref().map(|_| flavour.reference());
        let architecture = flavour.platform.architecture().to_string();
        let mut facts = Self::of_claims(&flavour.name, &flavour.claims, &architecture);
        facts.reference = published;
        facts.life_cycle = flavour
            .life_cycle
            .as_ref()
            .map(|(life_cycle, _)| *life_cycle);
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
            if let Some(place) = key.strip_prefix("mount:") {
                let mount = mount(&claim.value).map(|mount| (place.to_owned(), mount));
                facts.mounts.extend(mount);
            }
        }
        // bootc's names of architectures follow an `@`.
        let own = match architecture {
            "amd64" => "x86_64",
            "arm64" => "aarch64",
            "ppc64le" => "powerpc64",
            other => other,
        };
        let arguments = claims.kernel_arguments();
        let arguments = arguments.iter().filter(|argument| {
            let only = argument.held.name.split_once('@').map(|(_, only)| only);
            only.is_none_or(|only| only.split(',').any(|only| only == own))
        });
        facts.kernel_arguments = arguments.map(|argument| argument.held.word()).collect();
        facts
    }
}

/// Reads the value of a setting `mount:PLACE`; none when it is no volume of its own.
fn mount(value: &Value) -> Option<Mount> {
    let separate = value.get("separate").and_then(Value::as_bool);
    let options = value.get("options").and_then(Value::as_array);
    let options = options.into_iter().flatten();
    (separate == Some(true)).then(|| Mount {
        filesystem: match value.get("type").and_then(Value::as_str) {
            Some("xfs") => Some(Filesystem::Xfs),
            Some("ext4") => Some(Filesystem::Ext4),
            Some("btrfs") => Some(Filesystem::Btrfs),
            _ => None,
        },
        options: options
            .filter_map(|option| option.as_str().map(str::to_owned))
            .collect(),
    })
}
