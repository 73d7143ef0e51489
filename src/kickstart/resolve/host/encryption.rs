//! Encryption of one host's disks.

use super::draft::Draft;
use super::draft::value;
use crate::kickstart::inventory::host::EncryptionDocument;
use crate::kickstart::model::host::{HostEncryption, HostStorage};
use crate::kickstart::value::choice::{Layout, Unlock};
use crate::kickstart::value::target::Installer;
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Sourced};

/// Whether and how the disks of a host are encrypted.
pub(in crate::kickstart) fn resolve_encryption(
    draft: &Draft<'_>,
    storage: Option<&HostStorage>,
    problems: &mut Vec<Diagnostic>,
) -> Option<HostEncryption> {
    let document = draft.document.encryption.as_ref()?;
    let unlock = document.unlock.clone()?;
    let mut refuse = |message: String, hint: &str| {
        problems.push(Diagnostic::error(&unlock.origin, message).hint(hint.to_owned()));
    };
    let asks = matches!(unlock.value, Unlock::Passphrase | Unlock::Fido2);
    if asks && document.passphrase.is_none() {
        let message = format!("{} has to know the passphrase that is typed", draft.name);
        refuse(
            message,
            "write `passphrase: env:…`, `file:…` or `command:…`",
        );
    }
    let alone = matches!(unlock.value, Unlock::Tpm2 | Unlock::Tang);
    let recovery = value(document.recovery_key.as_ref()).unwrap_or(false);
    // terroir's own installer leaves the recovery key to the machine.
    let alone = alone && draft.installer != Installer::Own;
    if alone && document.passphrase.is_none() && !recovery {
        let message = format!("nothing but {} would open the disk", unlock.value);
        refuse(
            message,
            "write `recovery-key: true`, or a `passphrase` that stays",
        );
    }
    if unlock.value == Unlock::Tang && document.tang.as_ref().is_none_or(Vec::is_empty) {
        let message = "no Tang server is named".to_owned();
        refuse(message, "write `tang: [{ url: http://…, thumbprint: … }]`");
    }
    check_packages(draft, storage, &unlock, problems);
    check_recovery(draft, document, &unlock, problems);
    for pcr in document.pcrs.iter().flatten().filter(|pcr| pcr.value > 23) {
        let message = format!("a TPM has no register {pcr}");
        problems.push(Diagnostic::error(&pcr.origin, message).hint("write numbers from 0 to 23"));
    }
    let mut tang = Vec::new();
    for server in document.tang.iter().flatten() {
        text_rule::URL.check(&server.url, problems);
        text_rule::THUMBPRINT.check(&server.thumbprint, problems);
        tang.push((server.url.clone(), server.thumbprint.clone()));
    }
    let threshold = document.threshold.as_ref();
    if let Some(threshold) = threshold.filter(|threshold| {
        let most = tang.len().max(1);
        usize::from(threshold.value) > most || threshold.value == 0
    }) {
        let message = format!("{threshold} of {} Tang servers cannot answer", tang.len());
        problems.push(Diagnostic::error(&threshold.origin, message));
    }
    Some(HostEncryption {
        unlock,
        passphrase: document.passphrase.clone(),
        pcrs: document
            .pcrs
            .iter()
            .flatten()
            .map(|pcr| pcr.value)
            .collect(),
        tang,
        threshold: value(threshold).unwrap_or(1),
        recovery_key: value(document.recovery_key.as_ref()).unwrap_or(false),
    })
}

/// Refuses a recovery key that nobody would make.
fn check_recovery(
    draft: &Draft<'_>,
    document: &EncryptionDocument,
    unlock: &Sourced<Unlock>,
    problems: &mut Vec<Diagnostic>,
) {
    if let Some(recovery) = document.recovery_key.as_ref().filter(|key| key.value)
        && unlock.value == Unlock::Passphrase
        && !draft.installer.installs_images()
    {
        let message = format!("{} cannot make a recovery key", draft.target);
        problems.push(
            Diagnostic::error(&recovery.origin, message)
                .and(&unlock.origin, "the encryption")
                .hint("write `recovery-key: false`, or choose a target that installs images"),
        );
    }
}

/// Refuses what installers of packages cannot set up.
fn check_packages(
    draft: &Draft<'_>,
    storage: Option<&HostStorage>,
    unlock: &Sourced<Unlock>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut refuse = |message: String, hint: &str| {
        problems.push(Diagnostic::error(&unlock.origin, message).hint(hint.to_owned()));
    };
    let is_image = draft.installer.installs_images();
    if !is_image && !matches!(unlock.value, Unlock::None | Unlock::Passphrase) {
        let message = format!("{} cannot set {} up", draft.target, unlock.value);
        refuse(message, "write passphrase or none; images can do it");
    }
    if !is_image
        && unlock.value != Unlock::None
        && storage
            .as_ref()
            .is_some_and(|s| s.layout.value != Layout::Lvm)
    {
        let message = format!("{} encrypts logical volumes of one disk only", draft.target);
        refuse(message, "write `storage: { layout: lvm }`");
    }
}
