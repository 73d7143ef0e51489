//! The marks of overlayfs in a directory that it mounts, and the attributes that are the mount's own.

use super::disk::OWNER_NOTE;
use crate::tree::EntryKind;

/// The attribute by which overlayfs knows a directory that hides what is below it.
pub(in crate::tree) const OPAQUE: &[u8] = b"user.overlay.opaque";

/// What overlayfs puts where something of the layers below is gone.
pub(in crate::tree) const WHITEOUT: EntryKind = EntryKind::CharDevice { major: 0, minor: 0 };

/// Tells whether an attribute belongs to the file and not to the mount or the machine.
pub(in crate::tree) fn is_kept(name: &[u8]) -> bool {
    let foreign: [&[u8]; 4] = [
        b"user.overlay.",
        b"trusted.overlay.",
        b"security.selinux",
        OWNER_NOTE,
    ];
    !foreign.iter().any(|prefix| name.starts_with(prefix))
}
