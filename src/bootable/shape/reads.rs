//! What the shape of a root looks at: a change of it means that the root is shaped again.

use crate::path::TreePath;

use super::initramfs::CONFIGURATION;
use super::kernel::place;
use super::rules::VAR_RULES;

/// Places beside what an initramfs is configured by: the kernel and its parts, accounts, and /var.
const PLACES: [&str; 10] = [
    "/boot",
    "/etc/group",
    "/etc/passwd",
    "/usr/lib/firmware",
    "/usr/lib/modules",
    "/usr/lib/sysusers.d",
    "/usr/lib/tmpfiles.d",
    "/usr/lib/udev",
    "/var",
    VAR_RULES,
];

/// Where links enable units.
const WANTING: [&[u8]; 2] = [b".wants/", b".requires/"];

/// Tells whether a file at a path, or its removal, may give a shaped root another shape.
#[must_use]
pub fn is_read(path: &TreePath) -> bool {
    let enables = path.as_bytes().starts_with(b"etc/systemd/")
        && WANTING.iter().any(|kind| {
            let mut parts = path.as_bytes().windows(kind.len());
            parts.any(|part| part == *kind)
        });
    let mut places = PLACES.iter().chain(&CONFIGURATION);
    enables || places.any(|one| path.starts_with(&place(one)))
}
