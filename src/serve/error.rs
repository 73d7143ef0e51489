//! Why the install server does not work.

use std::io;
use std::path::PathBuf;

/// Why the install server does not start, or an order is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of states.
    #[error("{doing} {}", path.display())]
    Ledger {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A file of states of another format.
    #[error("{} has format {found}, and this terroir reads format {known}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format that is read.
        known: i64,
    },
    /// An order that a host's state does not allow.
    #[error("{host}: {why}")]
    Refused {
        /// The host.
        host: String,
        /// Why not.
        why: String,
    },
    /// What a state is kept as.
    #[error("the state of {host} cannot be read: {why}")]
    State {
        /// The host.
        host: String,
        /// Why not.
        why: String,
    },
    /// The folder of a cache.
    #[error("another server uses the cache {}", .0.display())]
    CacheInUse(PathBuf),
    /// The token of administrators.
    #[error("{} is no token of administrators: {why}", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A certificate or its key.
    #[error("{}: {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A socket or a file.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Wraps what the system said.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
