//! Errors of registries, in plain words.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::oci::BlobError;
use crate::process;

/// Why a registry did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that is not an image reference.
    #[error("{text:?} is not an image reference: {why}")]
    Reference {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text that is not the address of a page.
    #[error("{address:?} is not an address: {why}")]
    Address {
        /// The text.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The registry does not know it.
    #[error("{reference}: {what} is not there")]
    NotFound {
        /// What was asked for.
        reference: String,
        /// The thing that is missing ("the manifest", "blob sha256:…").
        what: String,
    },
    /// The registry wants other credentials.
    #[error("{reference}: the registry refuses access with {tried}{}", bracketed(.said))]
    Unauthorized {
        /// What was asked for.
        reference: String,
        /// Which credentials were tried, and where they came from.
        tried: String,
        /// What the registry said.
        said: String,
    },
    /// No encrypted connection could be made.
    #[error("{reference}: no trusted connection to {host}: {why}")]
    Tls {
        /// What was asked for.
        reference: String,
        /// The other end.
        host: String,
        /// What is wrong with its certificate or protocol.
        why: String,
    },
    /// An address that may only be used encrypted.
    #[error("{reference}: plain HTTP to {host} is not allowed")]
    Plain {
        /// What was asked for.
        reference: String,
        /// The other end.
        host: String,
    },
    /// Nobody answers there.
    #[error("{reference}: cannot connect to {host}: {why}")]
    Refused {
        /// What was asked for.
        reference: String,
        /// The other end.
        host: String,
        /// What the system said.
        why: String,
    },
    /// The connection broke or stalled, and did so again on every try.
    #[error("{reference}: the connection to {host} broke: {why}")]
    Interrupted {
        /// What was asked for.
        reference: String,
        /// The other end.
        host: String,
        /// What happened.
        why: String,
    },
    /// The registry limits the rate of requests.
    #[error("{reference}: the registry has had too many requests{}", wait_text(*.wait))]
    TooManyRequests {
        /// What was asked for.
        reference: String,
        /// How long the registry wants to be left alone.
        wait: Option<Duration>,
    },
    /// The registry is broken or overloaded.
    #[error("{reference}: the registry failed with status {status}{}", bracketed(.said))]
    Unavailable {
        /// What was asked for.
        reference: String,
        /// The HTTP status.
        status: u16,
        /// How long the registry wants to be left alone.
        wait: Option<Duration>,
        /// What the registry said.
        said: String,
    },
    /// A manifest with a layer that lies elsewhere, which the registry does not take.
    #[error(
        "{reference}: the registry does not take the image: its layer {layer} names another address, \
         {address}{}", bracketed(.said)
    )]
    Elsewhere {
        /// What was asked for.
        reference: String,
        /// The layer's digest.
        layer: String,
        /// Its first address.
        address: String,
        /// What the registry said.
        said: String,
    },
    /// An answer or a request that cannot be right.
    #[error("{reference}: {why}")]
    Invalid {
        /// What was asked for.
        reference: String,
        /// What is wrong.
        why: String,
    },
    /// A file with credentials or certificates is unusable.
    #[error("the file {} is unusable: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A credential helper gave no answer.
    #[error("the credential helper that {} names for {registry} gave no answer: {source}", file.display())]
    Helper {
        /// The file that names it.
        file: PathBuf,
        /// For which registry it was asked.
        registry: String,
        /// What happened.
        #[source]
        source: process::Error,
    },
    /// What was to be pushed could not be read.
    #[error("reading what is to be pushed: {0}")]
    Source(#[source] BlobError),
    /// The machine has no threads or sockets left.
    #[error("the network cannot be used: {0}")]
    System(String),
}

fn bracketed(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!(" ({text})"),
    }
}

fn wait_text(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(" and asks to wait {} seconds", wait.as_secs()))
        .unwrap_or_default()
}

impl Error {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Reference { .. } => {
                "write registry.example.org/group/name:tag, in lower case but for the tag".into()
            }
            Self::Address { .. } => "write http://install.example.org/hosts/web1.json".into(),
            Self::NotFound { .. } => {
                "check name and tag; without a login a private repository also looks missing".into()
            }
            Self::Unauthorized { reference, .. } => format!(
                "log in with `podman login {}`, or set CI_REGISTRY, CI_REGISTRY_USER and CI_REGISTRY_PASSWORD",
                host_of(reference)
            ),
            Self::Tls { host, .. } => format!(
                "put the certificate of the authority that signed it in /etc/containers/certs.d/{host}/ca.crt"
            ),
            Self::Plain { host, .. } => {
                format!("if {host} really has no certificate, list it as insecure")
            }
            Self::Refused { .. } => "check the host name, the port and the proxy".into(),
            Self::TooManyRequests { .. } => {
                "try later, log in, or push and pull less at the same time".into()
            }
            Self::Elsewhere { .. } => {
                "docker-registry takes layers with `urls` only from addresses that its configuration \
                 allows (validation.manifests.urls.allow); ask its owner, or take a base without \
                 such layers"
                    .into()
            }
            Self::Helper {
                source: process::Error::Missing { program },
                file,
                ..
            } => format!("install {program}, or remove it from {}", file.display()),
            Self::Interrupted { .. } | Self::Unavailable { .. } => "try again later".into(),
            _ => return None,
        })
    }

    /// Tells whether the same request may succeed when it is tried again.
    pub(super) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Interrupted { .. } | Self::TooManyRequests { .. } | Self::Unavailable { .. }
        )
    }

    /// How long the registry wants to be left alone before the next try.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { wait, .. } | Self::Unavailable { wait, .. } => *wait,
            _ => None,
        }
    }
}

/// The registry of a reference that was written out in full.
fn host_of(reference: &str) -> &str {
    reference.split('/').next().unwrap_or(reference)
}

/// An answer or address that cannot be right.
pub(super) fn invalid(subject: &impl fmt::Display, why: impl Into<String>) -> Error {
    Error::Invalid {
        reference: subject.to_string(),
        why: why.into(),
    }
}
