//! Errors of trees of files.

use std::io;
use std::path::PathBuf;

use crate::oci::{BlobError, MediaType};
use crate::path::{PathError, TreePath};

/// Why a layer could not be read, written, unpacked or looked into.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive is not what a layer may be.
    #[error("the layer is not valid at byte {at}: {why}")]
    Archive {
        /// Offset in the uncompressed archive.
        at: u64,
        /// What is wrong there.
        why: String,
    },
    /// The archive names a path that cannot be in a root.
    #[error("the layer is not valid at byte {at}")]
    Path {
        /// Offset in the uncompressed archive.
        at: u64,
        /// What is wrong with the path.
        #[source]
        source: PathError,
    },
    /// The archive is larger than is read.
    #[error("the layer is refused: it has more than {limit} {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        limit: u64,
    },
    /// Nobody knows how to read a layer of that type.
    #[error("layers of type {0} are not read, only tar, tar+gzip and tar+zstd are")]
    MediaType(MediaType),
    /// An entry cannot be written as an archive member.
    #[error("{path} cannot be put into a layer: {why}")]
    Entry {
        /// The entry.
        path: TreePath,
        /// What stands against it.
        why: String,
    },
    /// A file's content has another length than its entry says.
    #[error("{path} changed while it was packed: {stated} bytes were expected, {found} found")]
    Size {
        /// The file.
        path: TreePath,
        /// What the entry says, in bytes.
        stated: u64,
        /// What there was, in bytes; one more than stated when there was more.
        found: u64,
    },
    /// More symbolic links than a path may have.
    #[error("{path} goes through more than {limit} symbolic links")]
    Links {
        /// The path that was looked up.
        path: TreePath,
        /// Most links that are followed.
        limit: usize,
    },
    /// A directory table is not what terroir writes.
    #[error("line {line} of the directory table is not valid: {why}")]
    Table {
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// A file that is larger than its reader wants.
    #[error("{path} has {size} bytes, at most {limit} are read here")]
    TooLarge {
        /// The file.
        path: TreePath,
        /// Its size in bytes.
        size: u64,
        /// Most bytes that are read.
        limit: u64,
    },
    /// A layer would be unpacked over something.
    #[error("{0} is not empty; layers are unpacked into an empty directory only")]
    NotEmpty(PathBuf),
    /// A blob could not be had.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment ("writing the layer").
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Makes an error of what the system said; an [`Error`] that travelled inside it comes out whole.
    pub fn io(doing: impl Into<String>, source: io::Error) -> Self {
        match source.downcast::<Self>() {
            Ok(inner) => inner,
            Err(source) => Self::Io {
                doing: doing.into(),
                source,
            },
        }
    }
}

impl From<Error> for io::Error {
    /// Carries the error through a reader.
    fn from(error: Error) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}
