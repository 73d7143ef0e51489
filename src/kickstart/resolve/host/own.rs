//! What terroir's own installer does not do, each an error where it is stated.

use super::draft::Draft;
use crate::kickstart::inventory::host::{EncryptionDocument, HostDocument};
use crate::kickstart::model::host::{Host, HostStorage};
use crate::kickstart::model::site::SiteRegistry;
use crate::kickstart::value::choice::{Filesystem, Layout, Unlock};
use crate::kickstart::value::target::Installer;
use crate::kickstart::value::text_rule::LONGEST_NAME;
use crate::origin::{Diagnostic, Origin};

/// Refuses what terroir's own installer does not do.
pub(super) fn check_own(
    draft: &Draft<'_>,
    registry: Option<&SiteRegistry>,
    storage: Option<&HostStorage>,
    problems: &mut Vec<Diagnostic>,
) {
    if draft.installer != Installer::Own {
        return;
    }
    let wrong = disk(draft, storage)
        .into_iter()
        .chain(system(draft, registry));
    problems.extend(wrong.map(|(origin, what, hint)| {
        let message = format!("terroir's own installer of {} {what}", draft.target);
        Diagnostic::error(&origin, message).hint(hint)
    }));
}

/// Refuses a name that the installer would refuse at the machine.
pub(super) fn check_name(host: &Host, problems: &mut Vec<Diagnostic>) {
    let name = host.full_name();
    if host.installer == Installer::Own && name.len() > LONGEST_NAME {
        let message = format!("{name} is longer than the {LONGEST_NAME} characters of a host name");
        let error = Diagnostic::error(&host.name.origin, message);
        problems.push(error.hint("shorten it, or the `domain`"));
    }
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
    root(document, &mut no);
    if let Some(encryption) = &document.encryption {
        unlocks(encryption, &mut no);
    }
    wrong
}

/// What is said of the root beside its size.
fn root(document: &HostDocument, no: &mut impl FnMut(&Origin, &str, &'static str)) {
    let storage = document.storage.iter();
    let volumes = storage.flat_map(|storage| storage.volumes.iter());
    let mut stated = volumes.flat_map(crate::origin::SourcedMap::iter);
    let stated = stated.find(|(place, _)| place.value == "/");
    if let Some((place, root)) = stated {
        if root.options.is_some() {
            let hint = "write them as the mount setting of / in the flavour";
            no(&place.origin, "has no mount options for the root", hint);
        }
        let other = root
            .filesystem
            .as_ref()
            .filter(|one| one.value != Filesystem::Ext4);
        if let Some(other) = other {
            no(
                &other.origin,
                "makes a root of ext4",
                "write ext4, or leave it out",
            );
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
}

fn system(draft: &Draft<'_>, registry: Option<&SiteRegistry>) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut no =
        |origin: &Origin, what: &str, hint| wrong.push((origin.clone(), what.to_owned(), hint));
    let document = draft.document;
    for command in document.first_boot.iter().flatten() {
        let hint = "keep what runs at the first start in the flavour, as a unit";
        no(&command.origin, "runs no commands at the first start", hint);
    }
    if let Some(key) = registry.and_then(|registry| registry.signed_by.as_ref()) {
        let hint = "leave `signed-by` out: the digest says which image is installed";
        no(&key.origin, "does not verify signatures yet", hint);
    }
    wrong
}

fn unlocks(encryption: &EncryptionDocument, no: &mut impl FnMut(&Origin, &str, &'static str)) {
    let unlock = encryption.unlock.as_ref();
    if let Some(unlock) = unlock.filter(|one| matches!(one.value, Unlock::Tang | Unlock::Fido2)) {
        let what = format!("encrypts no disk for {}", unlock.value);
        no(&unlock.origin, &what, "write passphrase or tpm2");
    }
    if let Some(recovery) = encryption.recovery_key.as_ref().filter(|key| key.value) {
        let hint = "write `recovery-key: false`; on the machine `/usr/libexec/terroir/disk-keys recovery` makes one";
        no(&recovery.origin, "makes no recovery key", hint);
    }
    if let Some(passphrase) = &encryption.passphrase
        && unlock.is_some_and(|one| one.value == Unlock::Tpm2)
    {
        let hint = "remove it: the machine makes its own key at its first start";
        no(&passphrase.origin, "takes no passphrase for tpm2", hint);
    }
}
