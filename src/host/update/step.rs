//! What an update is doing, as it is told to who watches.

use super::find::Found;
use crate::bootable::ostree::Progress;

/// What an update is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The mirror did not answer, for this reason.
    MirrorFailed(String),
    /// There is a new image.
    Found(Found),
    /// The commit of this name is fetched from the archive.
    Archive(String),
    /// The archive gave it; what OSTree says of it.
    Fetched(String),
    /// The archive is not used, for this reason.
    ArchiveFailed(String),
    /// It is imported.
    Import(Progress),
    /// It is made ready.
    Staging,
}
