//! What terroir's own installer does not do, each an error where it is stated.

use super::draft::Draft;
use crate::kickstart::model::host::{HostNetwork, HostStorage};
use crate::kickstart::model::site::SiteRegistry;
use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::choice::{Filesystem, Layout, Unlock};
use crate::kickstart::value::target::Installer;
use crate::origin::{Diagnostic, Origin};

/// Refuses what terroir's own installer does not do.
pub(super) fn check_own(
    draft: &Draft<'_>,
    registry: Option<&SiteRegistry>,
    (storage, network): (Option<&HostStorage>, Option<&HostNetwork>),
    problems: &mut Vec<Diagnostic>,
) {
    if draft.installer != Installer::Own {
        return;
    }
    let wrong = disk(draft, storage)
        .into_iter()
        .chain(network.into_iter().flat_map(links))
        .chain(system(draft, registry));
    problems.extend(wrong.map(|(origin, what, hint)| {
        let message = format!("terroir's own installer of {} {what}", draft.target);
        Diagnostic::error(&origin, message).hint(hint)
    }));
}

/// Where something is stated, what the installer does not do, and what to write instead.
type Wrong = (Origin, String, &'static str);

/// What packages would do, which hosts may have instead.
const PACKAGES: &str =
    "leave it out, choose a target of Fedora or RHEL, or install packages: `packages-only: true`";

fn disk(draft: &Draft<'_>, storage: Option<&HostStorage>) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut no =
        |origin: &Origin, what: &str, hint| wrong.push((origin.clone(), what.to_owned(), hint));
    let document = draft.document;
    if let Some(mirror) = &document.mirror {
        no(&mirror.origin, "writes one disk", PACKAGES);
    }
    if let Some(storage) = storage {
        if storage.layout.value != Layout::Plain {
            no(
                &storage.layout.origin,
                "makes plain partitions only",
                "write `layout: plain`",
            );
        }
        if let Some(swap) = &storage.swap {
            no(&swap.origin, "makes no swap space", PACKAGES);
        }
        for volume in &storage.volumes {
            if volume.place != "/" {
                let what = format!("makes one volume, and {} would be another", volume.place);
                no(
                    &volume.origin,
                    &what,
                    "write `storage: { separate: none }` and no `volumes`",
                );
            } else if volume.size.is_some() {
                no(
                    &volume.origin,
                    "gives the root all of the disk",
                    "remove `size`",
                );
            }
        }
    }
    let filesystem = document
        .storage
        .as_ref()
        .and_then(|storage| storage.filesystem.as_ref());
    if let Some(stated) = filesystem.filter(|one| one.origin.line > 0)
        && stated.value != Filesystem::Ext4
    {
        no(
            &stated.origin,
            "makes a root of ext4",
            "write ext4, or leave it out",
        );
    }
    let unlock = document
        .encryption
        .as_ref()
        .and_then(|one| one.unlock.as_ref());
    if let Some(unlock) = unlock.filter(|unlock| unlock.value != Unlock::None) {
        no(
            &unlock.origin,
            "does not encrypt disks yet",
            "write `unlock: none`",
        );
    }
    wrong
}

fn links(network: &HostNetwork) -> Vec<Wrong> {
    const HINT: &str = "leave it to DHCP, or keep the network's files in the flavour";
    let mut stated: Vec<(&Origin, &str)> = Vec::new();
    if network.address.value != Address::Dhcp {
        stated.push((&network.address.origin, "sets no addresses yet"));
    }
    if network.ipv6.value != Address6::Auto {
        stated.push((&network.ipv6.origin, "sets no addresses yet"));
    }
    let bond = network.bond.iter().flat_map(|bond| &bond.interfaces).next();
    let links = [&network.interface, &network.bridge]
        .into_iter()
        .flatten()
        .chain(bond);
    stated.extend(links.map(|one| (&one.origin, "sets no links up yet")));
    let numbers = [&network.vlan, &network.mtu].into_iter().flatten();
    stated.extend(numbers.map(|one| (&one.origin, "sets no links up yet")));
    let wrong = stated.into_iter();
    wrong
        .map(|(origin, what)| (origin.clone(), what.to_owned(), HINT))
        .collect()
}

fn system(draft: &Draft<'_>, registry: Option<&SiteRegistry>) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut no =
        |origin: &Origin, what: &str, hint| wrong.push((origin.clone(), what.to_owned(), hint));
    let document = draft.document;
    const USERS: &str = "keep users and keys in the flavour";
    for (login, _) in document
        .users
        .iter()
        .flat_map(crate::origin::SourcedMap::iter)
    {
        no(&login.origin, "makes no users yet", USERS);
    }
    let root = document.root.as_ref();
    if let Some(password) = root.and_then(|root| root.password.as_ref()) {
        no(&password.origin, "sets no passwords yet", USERS);
    }
    for key in root.iter().flat_map(|root| root.ssh_keys.iter().flatten()) {
        no(&key.origin, "writes no keys yet", USERS);
    }
    for command in document.first_boot.iter().flatten() {
        let hint = "keep what runs at the first start in the flavour, as a unit";
        no(&command.origin, "runs no commands at the first start", hint);
    }
    if let Some(credentials) = registry.and_then(|registry| registry.credentials.as_ref()) {
        let hint = "let a mirror on the installation network serve the image without credentials";
        no(
            &credentials.origin,
            "has no credentials for registries yet",
            hint,
        );
    }
    if let Some(key) = registry.and_then(|registry| registry.signed_by.as_ref()) {
        let hint = "leave `signed-by` out: the digest says which image is installed";
        no(&key.origin, "does not verify signatures yet", hint);
    }
    wrong
}
