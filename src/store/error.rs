//! Errors of a store, a layout or an archive of one.

use std::io;
use std::path::PathBuf;

use crate::oci::{BlobError, DocumentError};
use crate::tree;

/// Why a store, layout or archive could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment ("reading /store/index.json").
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A newer terroir wrote it, or it is something else.
    #[error("the store {path} has format {found:?}, this terroir knows format {known:?}")]
    Format {
        /// The store.
        path: PathBuf,
        /// What its file `format` says.
        found: String,
        /// What this version writes.
        known: &'static str,
    },
    /// A folder that holds something else than a store.
    #[error("{0} is not empty and holds no store")]
    Foreign(PathBuf),
    /// A build uses the store, which is to be pruned.
    #[error("the store {0} is in use by a build; try again when it has finished")]
    Busy(PathBuf),
    /// No OCI layout.
    #[error("{path} is not an OCI layout: {why}")]
    NoLayout {
        /// The directory or archive.
        path: PathBuf,
        /// What is missing or wrong.
        why: String,
    },
    /// The index of a layout is damaged.
    #[error("{path} cannot be read")]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: DocumentError,
    },
    /// A tag that is not there, or none where there are several.
    #[error("{path} has no single image {wanted:?}; it has {}", known.join(", "))]
    Tag {
        /// The layout or archive.
        path: PathBuf,
        /// The tag that was asked for, empty for none.
        wanted: String,
        /// The tags that are there.
        known: Vec<String>,
    },
    /// A tag that no layout can carry.
    #[error("{0:?} cannot be a tag: only letters, digits and `-._:@/+` can stand in one")]
    TagName(String),
    /// A kind of notes that the store keeps for itself.
    #[error(
        "{0:?} is not a kind of notes: use lower-case letters and `-`, and no folder of the store"
    )]
    Kind(String),
    /// A blob could not be moved.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A layer could not be written.
    #[error(transparent)]
    Tree(#[from] tree::Error),
}

impl Error {
    /// Wraps what the system said; to be given to `map_err`.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        |source| Self::Io { doing, source }
    }
}
