//! Files that a disk has beside those of its image.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::tree::InRoot;

/// Puts a file that everybody may read in the place of whatever stands there; the folders above it are
/// made.
pub(in crate::bootable::disk) fn put(root: &Path, path: &str, text: &str) -> Result<(), Error> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut inside = InRoot::open(root)?;
    inside.make_directories(above)?;
    let place = inside.real_path(above)?.join(name);
    let failed = || Error::io(format!("writing {path}"));
    match fs::remove_file(&place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed()(error)),
        _ => {}
    }
    fs::write(&place, text).map_err(failed())?;
    fs::set_permissions(&place, fs::Permissions::from_mode(0o644)).map_err(failed())
}
