//! Errors of a running machine.

use std::io;
use std::path::PathBuf;

use crate::bootable::ostree;
use crate::oci::BlobError;
use crate::origin::Diagnostic;
use crate::{process, registry};

/// Why something on the machine did not go.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine is not updated by images.
    #[error("this machine is not updated by images: {0}")]
    NotAHost(String),
    /// Another terroir is at work.
    #[error("another update is at work on this machine (process {by}); wait for it to end")]
    Busy {
        /// Its number, as far as it is known.
        by: String,
    },
    /// The machine's policy does not let the image in.
    #[error("{path} does not let {reference} in: {why}")]
    Policy {
        /// The file with the policy.
        path: &'static str,
        /// The image.
        reference: String,
        /// What it demands.
        why: String,
    },
    /// The configuration is not valid; each with its place.
    #[error("the configuration of updates is not valid")]
    Configuration {
        /// What is wrong.
        problems: Vec<Diagnostic>,
        /// The file.
        file: String,
        /// Its text.
        text: String,
    },
    /// What was asked for cannot be done in the state in which the machine is.
    #[error("{0}")]
    State(String),
    /// The machine follows no image, for this reason.
    #[error("{0}")]
    Unfollowed(String),
    /// OSTree failed.
    #[error(transparent)]
    Ostree(#[from] ostree::Error),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A blob could not be had.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A program could not be run.
    #[error(transparent)]
    Program(#[from] process::Error),
    /// A program refused.
    #[error("`{command}` failed: {said}")]
    Refused {
        /// The program with its arguments.
        command: String,
        /// What it wrote.
        said: String,
    },
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment ("reading …").
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// Makes an error of what the system said about a file.
    pub(super) fn file(doing: &str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let doing = format!("{doing} {}", path.into().display());
        move |source| Self::Io { doing, source }
    }
}

/// An error with what caused it, in one line.
pub(super) fn full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
