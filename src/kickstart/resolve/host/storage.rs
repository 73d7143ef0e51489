//! The volumes of one host.

use std::collections::BTreeMap;

use super::draft::value;
use super::draft::{Draft, chosen};
use super::volume_names::check_names;
use crate::kickstart::inventory::host::StorageDocument;
use crate::kickstart::model::flavour::FlavourFacts;
use crate::kickstart::model::host::{HostStorage, Volume};
use crate::kickstart::value::choice::{Filesystem, Layout, Separate};
use crate::kickstart::value::size::Size;
use crate::kickstart::value::target::Installer;
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};

/// The volumes that the CIS benchmarks of Debian, Ubuntu and RHEL name (section 1.1.2), with the
/// options that they demand; sizes are ours.
const CIS: [(&str, u64, &[&str]); 5] = [
    ("/home", 4096, &["nodev", "nosuid"]),
    ("/var", 16384, &["nodev", "nosuid"]),
    ("/var/log", 4096, &["nodev", "nosuid", "noexec"]),
    ("/var/log/audit", 2048, &["nodev", "nosuid", "noexec"]),
    ("/var/tmp", 4096, &["nodev", "nosuid", "noexec"]),
];

/// The size of a volume without a stated one, in MiB.
const SIZE: u64 = 4096;

/// Folders that an image-based system cannot have on volumes of their own.
const TOGETHER: [&str; 9] = [
    "/usr",
    "/etc",
    "/opt",
    "/bin",
    "/sbin",
    "/lib",
    "/sysroot",
    "/ostree",
    "/boot/efi",
];
/// File systems that the kernel makes.
const KERNEL: [&str; 4] = ["/proc", "/sys", "/dev", "/run"];

/// The volumes of a host.
pub(in crate::kickstart) fn resolve_storage(
    draft: &Draft<'_>,
    facts: Option<&FlavourFacts>,
    problems: &mut Vec<Diagnostic>,
) -> Option<HostStorage> {
    let document = draft.document.storage.as_ref()?;
    let layout = document.layout.clone()?;
    let mut filesystem = document.filesystem.clone()?;
    // The default is that of the other installers.
    if draft.installer == Installer::Own && filesystem.origin.line == 0 {
        filesystem.value = Filesystem::Ext4;
    }
    let separate = chosen(document.separate.as_ref());
    let is_image = draft.installer.installs_images();
    let links_home = is_image && draft.installer != Installer::Own;
    let mut volumes = separated(
        (draft, facts),
        (filesystem.value, separate),
        (is_image, links_home),
    );
    volumes.insert(
        "/".to_owned(),
        Volume {
            place: "/".to_owned(),
            size: None,
            filesystem: filesystem.value,
            options: Vec::new(),
            origin: layout.origin.clone(),
        },
    );
    stated(
        document,
        (filesystem.value, is_image, links_home),
        &mut volumes,
        problems,
    );
    let mut volumes: Vec<Volume> = volumes.into_values().collect();
    for volume in volumes.iter_mut().filter(|volume| volume.place != "/") {
        volume.size.get_or_insert(Size(SIZE));
    }
    check_filesystems(draft, &volumes, document.filesystem.as_ref(), problems);
    if draft.installer != Installer::Own {
        check_names(&layout, &volumes, document.swap.is_some(), problems);
    }
    let group = document.volume_group.clone()?;
    text_rule::NAME.check(&group, problems);
    Some(HostStorage {
        layout,
        volume_group: group.value,
        volumes,
        swap: document.swap.clone(),
    })
}

/// The volumes that are separate because the flavour says so, or the benchmark.
fn separated(
    (draft, facts): (&Draft<'_>, Option<&FlavourFacts>),
    (filesystem, separate): (Filesystem, Separate),
    (is_image, links_home): (bool, bool),
) -> BTreeMap<String, Volume> {
    let mut volumes: BTreeMap<String, Volume> = BTreeMap::new();
    let mut add = |place: &str, size: Option<Size>, kind, options: &[String], origin: &Origin| {
        let volume = Volume {
            place: place.to_owned(),
            size,
            filesystem: kind,
            options: options.to_vec(),
            origin: origin.clone(),
        };
        volumes.insert(place.to_owned(), volume);
    };
    let wanted = separate_origin(draft);
    let mounts = facts.map(|facts| &facts.mounts);
    let mounts = mounts.filter(|mounts| !mounts.is_empty());
    match (separate, mounts) {
        (Separate::None, _) | (Separate::Flavour, None) => {}
        (Separate::Cis, None) => {
            for (place, size, options) in CIS {
                let options: Vec<String> = options.iter().map(|&one| one.to_owned()).collect();
                let place = at_home(place, links_home);
                add(place, Some(Size(size)), filesystem, &options, &wanted);
            }
        }
        // The image is checked for the flavour's mounts too, so they come before our own scheme.
        (Separate::Flavour | Separate::Cis, Some(mounts)) => {
            let made = mounts
                .iter()
                .filter(|(place, _)| can_be_volume(place, (is_image, links_home)));
            for (place, mount) in made {
                let size = cis_size(place);
                let kind = mount.filesystem.unwrap_or(filesystem);
                let place = at_home(place, links_home);
                add(place, size, kind, &mount.options, &wanted);
            }
        }
    }
    volumes
}

/// Adds the volumes that the host states to the separate ones.
fn stated(
    document: &StorageDocument,
    (filesystem, is_image, links_home): (Filesystem, bool, bool),
    volumes: &mut BTreeMap<String, Volume>,
    problems: &mut Vec<Diagnostic>,
) {
    // Anaconda makes subvolumes of one pool; the others make a partition for each.
    let pooled = |kind| is_image && kind == Filesystem::Btrfs;
    for (place, volume) in document.volumes.iter().flat_map(SourcedMap::iter) {
        text_rule::MOUNT_POINT.check(place, problems);
        check_place(place, (is_image, links_home), problems);
        text_rule::MOUNT_OPTION.check_all(volume.options.iter().flatten(), problems);
        let held = volumes.remove(&place.value);
        let size = value(volume.size.as_ref()).or(held.as_ref().and_then(|held| held.size));
        let kind = value(volume.filesystem.as_ref()).unwrap_or(filesystem);
        let options = volume.options.as_ref();
        let options = options.map(|all| all.iter().map(|one| one.value.clone()).collect());
        if let Some(size) = volume.size.as_ref().filter(|_| pooled(kind)) {
            let message = "a Btrfs volume shares the space of all others and has no size";
            problems.push(Diagnostic::error(&size.origin, message).hint("remove `size`"));
        }
        let volume = Volume {
            place: place.value.clone(),
            size,
            filesystem: kind,
            options: options
                .or(held.map(|held| held.options))
                .unwrap_or_default(),
            origin: place.origin.clone(),
        };
        volumes.insert(place.value.clone(), volume);
    }
}

/// Where the host states which folders are separate, else where the host is written.
fn separate_origin(draft: &Draft<'_>) -> Origin {
    let document = draft.document.storage.as_ref();
    let separate = document.and_then(|storage| storage.separate.as_ref());
    separate.map_or_else(|| draft.origin.clone(), |separate| separate.origin.clone())
}

/// `/home` is a link to `/var/home` in image-based systems; terroir's own installer follows it.
fn at_home(place: &str, links_home: bool) -> &str {
    if links_home && place == "/home" {
        "/var/home"
    } else {
        place
    }
}

fn cis_size(place: &str) -> Option<Size> {
    let found = CIS.iter().find(|(known, ..)| *known == place);
    found.map(|(_, size, _)| Size(*size))
}

/// Whether an installer makes a volume for a mount point of a flavour.
fn can_be_volume(place: &str, (is_image, links_home): (bool, bool)) -> bool {
    let mut wrong = Vec::new();
    let place = Sourced::new(at_home(place, links_home).to_owned(), Origin::builtin());
    text_rule::MOUNT_POINT.check(&place, &mut wrong);
    check_place(&place, (is_image, links_home), &mut wrong);
    wrong.is_empty() && place.value != "/"
}

/// Refuses mount points that cannot be volumes.
fn check_place(
    place: &Sourced<String>,
    (is_image, links_home): (bool, bool),
    problems: &mut Vec<Diagnostic>,
) {
    let below = |folder: &str| {
        let rest = place.value.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let error = |why: &str| Diagnostic::error(&place.origin, format!("{place} {why}"));
    if KERNEL.iter().any(|folder| below(folder)) {
        problems.push(error("belongs to the kernel").hint("remove it"));
    } else if links_home && place.value == "/home" {
        problems.push(error("is a link in image-based systems").hint("write /var/home"));
    } else if place.value == "/boot" || place.value == "/boot/efi" {
        problems.push(error("is made by the installer as the firmware needs it").hint("remove it"));
    } else if is_image && TOGETHER.iter().any(|folder| below(folder)) {
        problems.push(error("cannot be a volume of its own: the image holds it").hint("remove it"));
    }
}

fn check_filesystems(
    draft: &Draft<'_>,
    volumes: &[Volume],
    chosen: Option<&Sourced<Filesystem>>,
    problems: &mut Vec<Diagnostic>,
) {
    let without = ["RHEL9", "RHEL10"].contains(&draft.target.name());
    let is_btrfs = |volume: &&Volume| volume.filesystem == Filesystem::Btrfs;
    let layout = draft
        .document
        .storage
        .as_ref()
        .and_then(|s| s.layout.as_ref());
    if let Some(layout) = layout.filter(|layout| layout.value != Layout::Plain)
        && let Some(volume) = volumes.iter().find(is_btrfs)
    {
        let message = "Btrfs manages its volumes itself";
        problems.push(
            Diagnostic::error(&layout.origin, message)
                .and(&volume.origin, "a volume with Btrfs")
                .hint("write `layout: plain`, or another `filesystem`"),
        );
    }
    let optional = |volume: &&Volume| is_btrfs(volume) && !volume.options.is_empty();
    if let Some(volume) = volumes.iter().find(optional) {
        let message = format!(
            "the Btrfs volume {} cannot have options of its own",
            volume.place
        );
        problems.push(Diagnostic::error(&volume.origin, message).hint("write xfs or ext4"));
    }
    if without && let Some(volume) = volumes.iter().find(is_btrfs) {
        let origin = chosen
            .filter(|chosen| chosen.value == Filesystem::Btrfs)
            .map_or(&volume.origin, |chosen| &chosen.origin);
        let message = format!("{} has no btrfs", draft.target);
        problems.push(Diagnostic::error(origin, message).hint("write xfs or ext4"));
    }
}
