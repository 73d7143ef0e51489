//! How the root of a host is encrypted.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::check_place;
use crate::kickstart::text_rule;
use crate::origin::{Diagnostic, Sourced};

/// What opens the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// A person who types a passphrase.
    Passphrase,
    /// The TPM of the machine, which encrypts the root at its first start.
    Tpm2,
    /// Any of several Tang servers, and a passphrase.
    Tang,
}

/// How the root is encrypted, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenEncryption {
    /// What opens it.
    mode: Sourced<Mode>,
    /// The address or the file that has the passphrase.
    secret: Option<Sourced<String>>,
    /// The Tang servers, each of which opens it.
    #[serde(default)]
    tang: Vec<WrittenServer>,
}

/// A Tang server, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenServer {
    /// Its address.
    url: Sourced<String>,
    /// The thumbprint of one of its signing keys, as `tang-show-keys` prints it.
    thumbprint: Sourced<String>,
}

/// A Tang server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TangServer {
    /// Its address.
    pub url: String,
    /// The thumbprint of one of its signing keys.
    pub thumbprint: String,
}

/// Most Tang servers of a host: the header of a volume has room for their keys.
const MOST_SERVERS: usize = 4;

/// How the root is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEncryption {
    /// By the passphrase that this place has.
    Passphrase(String),
    /// By the TPM.
    Tpm2,
    /// By any of these servers, and by the passphrase that this place has.
    Tang(String, Vec<TangServer>),
}

/// Checks how the root is encrypted.
pub(super) fn encryption(
    written: WrittenEncryption,
    problems: &mut Vec<Diagnostic>,
) -> Option<HostEncryption> {
    let mode = &written.mode;
    let servers = servers(&written, problems)?;
    match (mode.value, written.secret) {
        (Mode::Tpm2, None) => Some(HostEncryption::Tpm2),
        (Mode::Tpm2, Some(secret)) => {
            let what = "`secret` has no effect with the mode tpm2: the machine makes its own key";
            problems.push(Diagnostic::error(&secret.origin, what).hint("remove it"));
            None
        }
        (Mode::Passphrase | Mode::Tang, None) => {
            let what = "this mode needs the place of the passphrase";
            let hint = "write \"secret\": \"https://install.example.org/secrets/web1/passphrase\"; it does \
                        not stand in the document itself";
            problems.push(Diagnostic::error(&mode.origin, what).hint(hint));
            None
        }
        (mode, Some(secret)) => {
            check_place(&secret.value, &secret.origin, problems);
            Some(match mode {
                Mode::Tang => HostEncryption::Tang(secret.value, servers),
                _ => HostEncryption::Passphrase(secret.value),
            })
        }
    }
}

/// Checks the Tang servers; none when their number does not fit the mode.
fn servers(written: &WrittenEncryption, problems: &mut Vec<Diagnostic>) -> Option<Vec<TangServer>> {
    for (at, server) in written.tang.iter().enumerate() {
        text_rule::URL.check(&server.url, problems);
        text_rule::THUMBPRINT.check(&server.thumbprint, problems);
        let mut before = written.tang.iter().take(at);
        if let Some(first) = before.find(|one| one.url.value == server.url.value) {
            let what = format!("the Tang server {} is there twice", server.url);
            let error = Diagnostic::error(&server.url.origin, what);
            problems.push(error.and(&first.url.origin, "first here"));
        }
    }
    let mode = &written.mode;
    let is_tang = mode.value == Mode::Tang;
    match written.tang.as_slice() {
        [] if is_tang => {
            let what = "the mode tang needs a Tang server";
            let hint =
                "write \"tang\": [{ \"url\": \"http://tang.example.org\", \"thumbprint\": \"…\" }]";
            problems.push(Diagnostic::error(&mode.origin, what).hint(hint));
            None
        }
        [first, ..] if !is_tang => {
            let what = "Tang servers have no effect with another mode than tang";
            let error = Diagnostic::error(&first.url.origin, what);
            problems.push(
                error
                    .and(&mode.origin, "the mode")
                    .hint("remove one of the two"),
            );
            None
        }
        several if several.len() > MOST_SERVERS => {
            let what = format!("a volume has room for {MOST_SERVERS} Tang servers");
            problems.push(Diagnostic::error(&mode.origin, what).hint("leave some of them out"));
            None
        }
        all => {
            let server = |one: &WrittenServer| TangServer {
                url: one.url.value.trim_end_matches('/').to_owned(),
                thumbprint: one.thumbprint.value.clone(),
            };
            Some(all.iter().map(server).collect())
        }
    }
}
