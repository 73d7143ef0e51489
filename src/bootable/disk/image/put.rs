//! Files that a disk has beside those of its image.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown, symlink,
};
use std::path::{Path, PathBuf};

use crate::bootable::disk::error::Error;
use crate::tree::InRoot;

/// Puts a file of root's in the place of whatever stands there; the folders above it are made.
pub(in crate::bootable::disk) fn put(
    root: &Path,
    path: &str,
    (text, mode): (&str, u32),
) -> Result<(), Error> {
    let place = place(root, path)?;
    let written = remove(&place).and_then(|()| create(&place, text)?.finish(mode, (0, 0)));
    written.map_err(Error::io(format!("writing {path}")))
}

/// Puts a symbolic link in the place of whatever stands there; the folders above it are made.
pub(in crate::bootable::disk) fn put_link(
    root: &Path,
    path: &str,
    target: &str,
) -> Result<(), Error> {
    let place = place(root, path)?;
    let written = remove(&place).and_then(|()| symlink(target, &place));
    written.map_err(Error::io(format!("writing {path}")))
}

/// Takes a file or a link away, if it is there.
pub(in crate::bootable::disk) fn take_away(root: &Path, path: &str) -> Result<(), Error> {
    remove(&place(root, path)?).map_err(Error::io(format!("removing {path}")))
}

/// Gives a file another text; its mode and owner stay. A file that is not there gets the mode, and the
/// group.
pub(in crate::bootable::disk) fn rewrite(
    root: &Path,
    path: &str,
    text: &str,
    (mode, group): (u32, u32),
) -> Result<(), Error> {
    let place = match InRoot::open(root)?.real_path(path) {
        Ok(there) => there,
        Err(_) => place(root, path)?,
    };
    let (mode, owner) = match place.symlink_metadata() {
        Ok(found) => (found.mode() & 0o7777, (found.uid(), found.gid())),
        Err(_) => (mode, (0, group)),
    };
    let written = remove(&place).and_then(|()| create(&place, text)?.finish(mode, owner));
    written.map_err(Error::io(format!("writing {path}")))
}

/// Where a path of the root is on this machine; the folders above it are made.
fn place(root: &Path, path: &str) -> Result<PathBuf, Error> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut inside = InRoot::open(root)?;
    inside.make_directories(above)?;
    Ok(inside.real_path(above)?.join(name))
}

fn remove(place: &Path) -> io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file that nobody else may read yet.
struct Unread(File);

/// Makes a file where none is.
fn create(place: &Path, text: &str) -> io::Result<Unread> {
    let mut options = File::options();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(place)?;
    file.write_all(text.as_bytes())?;
    Ok(Unread(file))
}

impl Unread {
    fn finish(self, mode: u32, (uid, gid): (u32, u32)) -> io::Result<()> {
        fchown(&self.0, Some(uid), Some(gid))?;
        self.0.set_permissions(Permissions::from_mode(mode))
    }
}

/// Puts a file of a user's in the place of whatever stands at a path of this machine.
pub(in crate::bootable::disk) fn put_for(
    place: &Path,
    text: &str,
    mode: u32,
    owner: (u32, u32),
) -> io::Result<()> {
    remove(place)?;
    create(place, text)?.finish(mode, owner)
}
