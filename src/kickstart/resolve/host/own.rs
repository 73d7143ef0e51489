//! What terroir's own installer does not do, each an error where it is stated.

use super::draft::Draft;
use crate::kickstart::inventory::host::{EncryptionDocument, HostDocument};
use crate::kickstart::model::host::{Host, HostStorage};
use crate::kickstart::model::site::SiteRegistry;
use crate::kickstart::value::choice::{Filesystem, Layout, Unlock};
use crate::kickstart::value::target::Installer;
use crate::kickstart::value::text_rule::LONGEST_NAME;
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};

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
    let wrong = disk(draft, storage).into_iter().chain(system(registry));
    problems.extend(wrong.map(|(origin, what, hint)| {
        let message = format!("terroir's own installer of {} {what}", draft.target);
        Diagnostic::error(&origin, message).hint(hint)
    }));
    problems.extend(storage.map_or_else(Vec::new, |storage| unencrypted(draft, storage)));
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

/// Most Tang servers that a document may have.
const MOST_SERVERS: usize = 4;

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
        if storage.layout.value == Layout::Raid1 {
            no(
                &storage.layout.origin,
                "writes one disk, so no mirror",
                "write `layout: plain` or `layout: lvm`",
            );
        }
        volumes(document, storage, &mut no);
    }
    if let Some(encryption) = &document.encryption {
        unlocks(encryption, &mut no);
    }
    wrong
}

/// Volumes that would not be encrypted beside a root that is.
fn unencrypted(draft: &Draft<'_>, storage: &HostStorage) -> Vec<Diagnostic> {
    let unlock = draft.document.encryption.as_ref();
    let unlock = unlock.and_then(|encryption| encryption.unlock.as_ref());
    // A volume group is encrypted as a whole.
    let is_alone =
        |unlock: &&Sourced<Unlock>| unlock.value != Unlock::None && !storage.is_logical();
    let Some(unlock) = unlock.filter(is_alone) else {
        return Vec::new();
    };
    let no = |origin: &Origin, what: &str, hint: &str| {
        let message = format!(
            "terroir's own installer of {} encrypts the root only, and {what} would not be",
            draft.target
        );
        let error = Diagnostic::error(origin, message);
        error.and(&unlock.origin, "encrypted here").hint(hint)
    };
    let mut volumes = storage.volumes.iter();
    let volume = volumes.find(|volume| volume.place != "/");
    let volume = volume.map(|volume| {
        let hint = "write `layout: lvm`, whose group is encrypted as a whole, or `separate: none` and no `volumes`";
        no(&volume.origin, &volume.place, hint)
    });
    let swap = storage.swap.as_ref();
    let swap = swap.map(|swap| {
        let hint = "write `layout: lvm`, or remove `swap`";
        no(&swap.origin, "the swap space", hint)
    });
    volume.into_iter().chain(swap).collect()
}

/// File systems other than the one that is made, and options of the root.
fn volumes(
    document: &HostDocument,
    storage: &HostStorage,
    no: &mut impl FnMut(&Origin, &str, &'static str),
) {
    const EXT4: &str = "makes file systems of ext4";
    const HINT: &str = "write ext4, or leave it out";
    let written = document.storage.as_ref();
    let of_all = written.and_then(|written| written.filesystem.as_ref());
    let other = storage
        .volumes
        .iter()
        .find(|one| one.filesystem != Filesystem::Ext4);
    match (of_all.filter(|one| one.value != Filesystem::Ext4), other) {
        (Some(stated), Some(_)) if stated.origin.line > 0 => no(&stated.origin, EXT4, HINT),
        (_, Some(volume)) => no(&volume.origin, EXT4, HINT),
        _ => {}
    }
    let stated = written
        .into_iter()
        .flat_map(|written| written.volumes.iter());
    let mut stated = stated.flat_map(SourcedMap::iter);
    let root = stated.find(|(place, root)| place.value == "/" && root.options.is_some());
    if let Some((place, _)) = root {
        let hint = "write them as the mount setting of / in the flavour";
        no(&place.origin, "has no mount options for the root", hint);
    }
}

fn system(registry: Option<&SiteRegistry>) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut no =
        |origin: &Origin, what: &str, hint| wrong.push((origin.clone(), what.to_owned(), hint));
    if let Some(key) = registry.and_then(|registry| registry.signed_by.as_ref()) {
        let hint = "leave `signed-by` out: the digest says which image is installed";
        no(&key.origin, "does not verify signatures yet", hint);
    }
    wrong
}

/// What Tang servers need beside them.
fn tang(
    encryption: &EncryptionDocument,
    unlock: &Origin,
    no: &mut impl FnMut(&Origin, &str, &'static str),
) {
    if encryption.passphrase.is_none() {
        let hint = "write `passphrase: env:…`, `file:…` or `command:…`: it opens the disk when no server answers";
        no(unlock, "takes Tang servers with a passphrase only", hint);
    }
    if let Some(threshold) = encryption.threshold.as_ref().filter(|one| one.value > 1) {
        let hint = "write `threshold: 1`: any of the servers opens the disk";
        no(
            &threshold.origin,
            "lets each Tang server open the disk by itself",
            hint,
        );
    }
    let mut more = encryption.tang.iter().flatten().skip(MOST_SERVERS);
    if let Some(server) = more.next() {
        no(
            &server.url.origin,
            "takes four Tang servers at most",
            "leave some of them out",
        );
    }
}

fn unlocks(encryption: &EncryptionDocument, no: &mut impl FnMut(&Origin, &str, &'static str)) {
    let unlock = encryption.unlock.as_ref();
    match unlock.map(|unlock| (unlock.value, &unlock.origin)) {
        Some((Unlock::Fido2, origin)) => {
            let hint = "a person has to touch the key: write `unlock: passphrase`, and on the machine enrol it by \
                        `/usr/libexec/terroir/disk-keys fido2`";
            no(origin, "encrypts no disk for fido2", hint);
        }
        Some((Unlock::Tang, origin)) => tang(encryption, origin, no),
        _ => {}
    }
    if let Some(recovery) = encryption.recovery_key.as_ref().filter(|key| key.value) {
        let hint = "write `recovery-key: false`; a `passphrase` opens the disk, too (not with tpm2), and on the \
                    machine `/usr/libexec/terroir/disk-keys recovery` makes such a key";
        no(&recovery.origin, "makes no recovery key", hint);
    }
    if let Some(passphrase) = &encryption.passphrase
        && unlock.is_some_and(|one| one.value == Unlock::Tpm2)
    {
        let hint = "remove it: the machine makes its own key at its first start";
        no(&passphrase.origin, "takes no passphrase for tpm2", hint);
    }
}
