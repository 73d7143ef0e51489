//! How the root of a host is encrypted.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::check_place;
use crate::origin::{Diagnostic, Sourced};

/// What opens the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// A person who types a passphrase.
    Passphrase,
    /// The TPM of the machine, which encrypts the root at its first start.
    Tpm2,
}

/// How the root is encrypted, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenEncryption {
    /// What opens it.
    mode: Sourced<Mode>,
    /// The address or the file that has the passphrase.
    secret: Option<Sourced<String>>,
}

/// How the root is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEncryption {
    /// By the passphrase that this place has.
    Passphrase(String),
    /// By the TPM.
    Tpm2,
}

/// Checks how the root is encrypted.
pub(super) fn encryption(
    written: WrittenEncryption,
    problems: &mut Vec<Diagnostic>,
) -> Option<HostEncryption> {
    match (written.mode.value, written.secret) {
        (Mode::Tpm2, None) => Some(HostEncryption::Tpm2),
        (Mode::Tpm2, Some(secret)) => {
            let what = "`secret` has no effect with the mode tpm2: the machine makes its own key";
            problems.push(Diagnostic::error(&secret.origin, what).hint("remove it"));
            None
        }
        (Mode::Passphrase, None) => {
            let what = "the mode passphrase needs the place of the passphrase";
            let hint = "write \"secret\": \"https://install.example.org/secrets/web1/passphrase\"; it does \
                        not stand in the document itself";
            problems.push(Diagnostic::error(&written.mode.origin, what).hint(hint));
            None
        }
        (Mode::Passphrase, Some(secret)) => {
            check_place(&secret.value, &secret.origin, problems);
            Some(HostEncryption::Passphrase(secret.value))
        }
    }
}
