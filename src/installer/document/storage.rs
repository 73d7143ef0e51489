//! How the disk of a host is divided beside its root.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kickstart::{Layout, Size, text_rule};
use crate::origin::{Diagnostic, Sourced, SourcedMap};

/// The mount point that every disk has.
const ROOT: &str = "/";
/// The name of a volume group that has none.
const GROUP: &str = "system";

/// How the disk is divided, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenStorage {
    /// Partitions, or logical volumes of one volume group.
    layout: Option<Sourced<Layout>>,
    /// The name of the volume group: `system` when absent.
    volume_group: Option<Sourced<String>>,
    /// Volumes by mount point.
    #[serde(default)]
    volumes: SourcedMap<WrittenVolume>,
    /// The size of the swap space; none when absent.
    swap: Option<Sourced<Size>>,
}

/// A volume, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenVolume {
    /// Its size, such as 4G; only the root may have none, and takes what is left.
    size: Option<Sourced<Size>>,
    /// Its mount options; those of the image for the place when absent.
    #[serde(default)]
    options: Vec<Sourced<String>>,
}

/// How the disk is divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// The size of the root; what is left when absent.
    pub root: Option<Size>,
    /// Volumes beside the root.
    pub volumes: Vec<HostVolume>,
    /// The size of the swap space, if there is any.
    pub swap: Option<Size>,
    /// The name of the volume group, if root and volumes are logical ones.
    pub group: Option<String>,
}

/// A volume beside the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostVolume {
    /// Where it is mounted.
    pub place: String,
    /// Its size.
    pub size: Size,
    /// Its mount options.
    pub options: Vec<String>,
}

impl Storage {
    /// The MiB that all of it takes at least.
    pub(super) fn room(&self) -> u64 {
        let volumes = self.volumes.iter().map(|volume| volume.size);
        let all = volumes.chain(self.swap).chain(self.root);
        all.fold(0, |sum, size| sum.saturating_add(size.0))
    }
}

/// Checks how the disk is divided.
pub(super) fn storage(
    written: Option<WrittenStorage>,
    is_encrypted: bool,
    problems: &mut Vec<Diagnostic>,
) -> Storage {
    let mut storage = Storage::default();
    let Some(written) = written else {
        return storage;
    };
    storage.group = group(&written, problems);
    let mut beside = written.swap.as_ref().map(|swap| &swap.origin);
    for (place, volume) in written.volumes.iter() {
        text_rule::MOUNT_POINT.check(place, problems);
        text_rule::MOUNT_OPTION.check_all(volume.options.iter(), problems);
        if place.value == ROOT {
            storage.root = root(place, volume, problems);
            continue;
        }
        beside.get_or_insert(&place.origin);
        let Some(size) = &volume.size else {
            let what = format!("the volume {place} has no size");
            let hint = "write \"size\": \"4G\"; only the root takes what is left";
            problems.push(Diagnostic::error(&place.origin, what).hint(hint));
            continue;
        };
        storage.volumes.push(HostVolume {
            place: place.value.clone(),
            size: size.value,
            options: volume.options.iter().map(|one| one.value.clone()).collect(),
        });
    }
    storage.swap = written.swap.as_ref().map(|swap| swap.value);
    if let Some(origin) = beside.filter(|_| is_encrypted && storage.group.is_none()) {
        let what = "`encrypt` encrypts the partition of the root, and this would be on another one";
        let hint = "write \"layout\": \"lvm\": the group is encrypted as a whole";
        problems.push(Diagnostic::error(origin, what).hint(hint));
    }
    storage
}

/// The name of the volume group.
fn group(written: &WrittenStorage, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let layout = written.layout.as_ref().map(|layout| layout.value);
    match (layout, &written.layout, &written.volume_group) {
        (Some(Layout::Lvm), _, group) => {
            if let Some(group) = group {
                text_rule::NAME.check(group, problems);
            }
            let group = group.as_ref().map(|group| group.value.clone());
            return Some(group.unwrap_or_else(|| GROUP.to_owned()));
        }
        (Some(Layout::Raid1), Some(layout), _) => {
            let what = "this installer writes one disk, so no mirror";
            problems.push(Diagnostic::error(&layout.origin, what).hint("write plain or lvm"));
        }
        (_, _, Some(group)) => {
            let what = "the name of a volume group has no effect on partitions";
            let hint = "write \"layout\": \"lvm\", or remove it";
            problems.push(Diagnostic::error(&group.origin, what).hint(hint));
        }
        _ => {}
    }
    None
}

/// The size of the root.
fn root(
    place: &Sourced<String>,
    volume: &WrittenVolume,
    problems: &mut Vec<Diagnostic>,
) -> Option<Size> {
    if let Some(option) = volume.options.first() {
        let what = "the root has the mount options of the image";
        let hint = "write them as the mount setting of / in the flavour";
        problems.push(Diagnostic::error(&option.origin, what).hint(hint));
    } else if volume.size.is_none() {
        let what = "this has no effect: the root is there, and takes what is left";
        problems.push(Diagnostic::error(&place.origin, what).hint("write a size, or remove it"));
    }
    volume.size.as_ref().map(|size| size.value)
}
