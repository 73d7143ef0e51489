//! Errors of confined commands.

use std::io;
use std::time::Duration;

/// Why a command could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user has no subordinate ids.
    #[error("{user} has no subordinate ids: {why}")]
    Ids {
        /// The user.
        user: String,
        /// What is missing.
        why: String,
    },
    /// The kernel or the container that terroir runs in forbids namespaces.
    #[error("this machine does not allow namespaces: {why}")]
    Forbidden {
        /// What was refused.
        why: String,
    },
    /// It did not end in time.
    #[error("it did not end within {} seconds and was ended with all that it started", limit.as_secs())]
    TimedOut {
        /// How long it was given.
        limit: Duration,
    },
    /// Somebody asked terroir to stop.
    #[error("it was stopped")]
    Stopped,
    /// The helper ended without an answer.
    #[error("the helper process ended without an answer: {said}")]
    Helper {
        /// The last that it said.
        said: String,
    },
    /// The container could not be made.
    #[error("the sandbox could not be made: {why}")]
    Container {
        /// What the runtime said.
        why: String,
    },
    /// The system refused something.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// An error of the system while something was done.
    pub(super) fn io<E: Into<io::Error>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::Io {
            doing,
            source: source.into(),
        }
    }

    /// What somebody can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Ids { .. } => Some(
                "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, and install \
                 uidmap; or --isolation single-id for simple commands",
            ),
            Self::Forbidden { .. } => Some(
                "allow unprivileged user namespaces, or use --isolation chroot for modules that you \
                 trust",
            ),
            _ => None,
        }
    }
}
