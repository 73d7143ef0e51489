//! Files and folders as the helper makes, moves and removes them.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use crate::sandbox::Isolation;
use crate::tree::Ownership;

use super::error::TaskError;

/// Who owns what is unpacked in an isolation.
pub(super) fn ownership(isolation: Isolation) -> Ownership {
    match isolation {
        Isolation::SingleId => Ownership::Noted,
        Isolation::Namespaces | Isolation::Chroot => Ownership::Keep,
    }
}

/// Gives an unpacked layer its place; one that somebody else put there meanwhile is as good.
pub(super) fn settle_into(from: &Path, place: &Path) -> Result<(), TaskError> {
    if let Some(above) = place.parent() {
        fs::create_dir_all(above)?;
    }
    match fs::rename(from, place) {
        Err(_) if place.is_dir() => remove(from),
        other => Ok(other?),
    }
}

pub(super) fn new_folder(path: &Path) -> Result<(), TaskError> {
    fs::DirBuilder::new().mode(0o755).create(path)?;
    // Whatever the umask is: this becomes the directory `/` of a root.
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o755),
    )?)
}

pub(super) fn remove(path: &Path) -> Result<(), TaskError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            Ok(fs::remove_file(path)?)
        }
        other => Ok(other?),
    }
}
