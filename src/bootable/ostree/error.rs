//! Errors of OSTree repositories and deployments.

use std::io;
use std::path::PathBuf;

use crate::oci::{BlobError, Digest};
use crate::path::TreePath;
use crate::{process, tree};

/// Why something with OSTree did not go.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder that is no repository, or one of a kind that is not written here.
    #[error("{} is not a repository that can be used: {why}", path.display())]
    Repository {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An object is missing, cut off, or not what its name says.
    #[error("the object {object} in {} is damaged: {why}; `ostree fsck` tells more", path.display())]
    Damaged {
        /// The repository.
        path: PathBuf,
        /// Its place below `objects`.
        object: String,
        /// What is wrong.
        why: String,
    },
    /// OSTree has no form for a path.
    #[error("{path} cannot be in a commit: {why}")]
    Path {
        /// The path.
        path: TreePath,
        /// What stands against it.
        why: String,
    },
    /// A layer holds other bytes than the image's config says.
    #[error("the layer {digest} unpacks to {found}, but the image's config says {stated}")]
    Layer {
        /// The layer as the manifest names it.
        digest: String,
        /// Its diff ID in the config.
        stated: Digest,
        /// The digest of what it unpacks to.
        found: Digest,
    },
    /// The image is not one that can be deployed.
    #[error("the image cannot be deployed: {0}")]
    Image(String),
    /// A commit of an archive is not of the image that it was stated for.
    #[error("the commit {commit} in the archive is of {found}")]
    OtherImage {
        /// The commit.
        commit: String,
        /// What it says of itself.
        found: String,
    },
    /// A layer could not be read.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A blob could not be had.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A program could not be run.
    #[error(transparent)]
    Program(#[from] process::Error),
    /// OSTree refused.
    #[error("`ostree {command}` failed: {said}")]
    Refused {
        /// Its arguments.
        command: String,
        /// What it wrote on its standard error.
        said: String,
    },
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment ("writing the object …").
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Makes an error of what the system said; one of a layer that travelled inside it comes out whole.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| match source.downcast::<tree::Error>() {
            Ok(inner) => Self::Tree(inner),
            Err(source) => Self::Io { doing, source },
        }
    }

    /// Makes an error of what a system call said.
    pub(super) fn errno(doing: impl Into<String>) -> impl FnOnce(rustix::io::Errno) -> Self {
        let made = Self::io(doing);
        move |errno| made(errno.into())
    }
}
