//! Paths of the image that count as directories.

use crate::action::Action;
use crate::module::surroundings::Compiled;
use crate::path::TreePath;

/// Directories that every system has.
const DIRECTORIES: [&str; 24] = [
    "/",
    "/bin",
    "/boot",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/mnt",
    "/opt",
    "/root",
    "/sbin",
    "/srv",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/var",
];

/// Tells whether a path is taken for a directory, without looking at the root.
pub(in crate::module) fn is_directory(path: &TreePath, compiled: &Compiled) -> bool {
    let made = |action: &Action| {
        let Some(known) = action.path() else {
            return false;
        };
        (known != path && known.starts_with(path))
            || (known == path
                && matches!(
                    action,
                    Action::Directory { .. }
                        | Action::OwnedDirectory { .. }
                        | Action::Folder { .. }
                ))
    };
    DIRECTORIES
        .iter()
        .any(|known| TreePath::parse(known).is_ok_and(|known| known == *path))
        || compiled.actions.iter().any(made)
}
