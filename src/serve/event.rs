//! What happens to a host.

use super::recovery::WORD;

/// What happens to a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody lets it install itself, with a token of this attempt; `again` while it does already.
    Arm {
        /// The token.
        token: String,
        /// Whether an installation under way is given up.
        again: bool,
    },
    /// Somebody takes that back.
    Disarm,
    /// It is not used any more.
    Retire,
    /// Somebody lets it clear its disk, with a token of this attempt.
    Wipe {
        /// The token.
        token: String,
    },
    /// It was given the document of its installation.
    Fetched {
        /// From where it asked.
        address: String,
    },
    /// It was given a secret.
    Secret {
        /// The name of the secret.
        name: String,
        /// From where it asked.
        address: String,
    },
    /// It reports a state.
    Report {
        /// The word of the state.
        word: String,
        /// What it says about it.
        said: String,
    },
    /// It reports a recovery key of a disk.
    RecoveryKey {
        /// The device that the key opens; empty where it named none.
        device: String,
        /// The key.
        key: String,
    },
    /// The system that was installed before this attempt reports a state.
    OlderReport {
        /// The word of the state.
        word: String,
        /// What it says about it.
        said: String,
    },
}

impl Event {
    /// The word for it in the log.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Arm { .. } => "arm",
            Self::Disarm => "disarm",
            Self::Retire => "retire",
            Self::Wipe { .. } => "wipe",
            Self::Fetched { .. } => "fetch",
            Self::Secret { .. } => "secret",
            Self::RecoveryKey { .. } => WORD,
            Self::Report { word, .. } | Self::OlderReport { word, .. } => word,
        }
    }
}
