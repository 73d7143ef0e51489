//! How far a push has come.

use crate::oci::Digest;

/// How far one blob, manifest or tag has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The blob, manifest or index.
    pub digest: Digest,
    /// Bytes of it that are done.
    pub bytes: u64,
    /// Bytes that it has.
    pub size: u64,
    /// What is being done.
    pub state: State,
}

/// What happens to a blob, manifest or tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The repository has it already.
    Present,
    /// The registry took it from another of its repositories.
    Mounted,
    /// It is being sent.
    Uploading,
    /// It was sent.
    Uploaded,
    /// A tag now names it.
    Tagged(String),
}
