//! What the shape of a root looks at: a change of it means that the root is shaped again.

use crate::path::TreePath;

use super::enablement::is_wanting;
use super::initramfs::CONFIGURATION;
use super::kernel::{place, raw};
use super::presets::{FOLDERS, unit_of};
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

/// Tells whether a file at a path, or its removal, may give a shaped root another shape.
#[must_use]
pub fn is_read(path: &TreePath) -> bool {
    let folder = path.parent();
    let enables = path.starts_with(&place("/etc/systemd"))
        && folder.is_some_and(|folder| is_wanting(folder.file_name()));
    let text = raw(path);
    let unit = FOLDERS
        .iter()
        .any(|folder| unit_of(&text, folder).is_some());
    let mut places = PLACES.iter().chain(&CONFIGURATION);
    enables || unit || places.any(|one| path.starts_with(&place(one)))
}
