//! Folders of a root that become volumes of their own.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use super::followed::{followed, raw};
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::Root;
use crate::bootable::disk::own::OwnVolume;
use crate::tree::InRoot;

/// Where folders are kept until they are volumes, below the folder of the work.
const KEPT: &str = "volumes";

/// Folders that the machine has to have before it mounts anything, or that something else makes.
const NEVER: [&str; 16] = [
    "bin", "boot", "dev", "efi", "etc", "lib", "lib32", "lib64", "libx32", "ostree", "proc", "run",
    "sbin", "sys", "sysroot", "usr",
];

/// A folder that became a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bootable::disk) struct Separated {
    /// Where the machine mounts it, links followed.
    pub place: String,
    /// What it holds.
    pub folder: PathBuf,
}

/// Takes the folders of volumes out of a root, and leaves empty ones; in the order of the volumes.
pub(in crate::bootable::disk) fn separate(
    volumes: &[OwnVolume],
    root: &Root,
    work: &Path,
) -> Result<Vec<Separated>, Error> {
    let mut found = Vec::new();
    for (at, volume) in volumes.iter().enumerate() {
        let path = followed(&root.system, &volume.place)?.map(|path| raw(&path));
        let path =
            path.ok_or_else(|| refused(format!("the volume {} is no path", volume.place)))?;
        if found.iter().any(|(_, known)| *known == path) {
            let why = format!("the volume {} is at /{path}, as another one", volume.place);
            return Err(refused(why));
        }
        found.push((at, path));
    }
    if !found.is_empty() {
        let kept = work.join(KEPT);
        fs::create_dir(&kept).map_err(Error::io(format!("making {}", kept.display())))?;
    }
    let mut separated = Vec::new();
    // What lies below another volume leaves it first.
    found.sort_by_key(|(_, path)| std::cmp::Reverse(path.split('/').count()));
    for (at, path) in found {
        let folder = work.join(KEPT).join(at.to_string());
        let failed = Error::io(format!("taking /{path} out of the root"));
        take(&place(&path, root)?, &folder).map_err(failed)?;
        let place = format!("/{path}");
        separated.push((at, Separated { place, folder }));
    }
    separated.sort_by_key(|(at, _)| *at);
    Ok(separated.into_iter().map(|(_, one)| one).collect())
}

/// A place of a root with its links followed.
pub(in crate::bootable::disk) fn real_place(system: &Path, place: &str) -> String {
    let found = followed(system, place).ok().flatten();
    found.map_or_else(|| place.to_owned(), |path| format!("/{}", raw(&path)))
}

/// Where the folder of a volume is on this machine; it is made if it is not there.
fn place(path: &str, root: &Root) -> Result<PathBuf, Error> {
    if path == "var" {
        return Ok(root.var.clone());
    }
    let first = path.split('/').next().unwrap_or_default();
    let found = root.changeable(path).filter(|_| !NEVER.contains(&first));
    let (base, below) = found.ok_or_else(|| {
        refused(match root.is_deployed() {
            true => format!("/{path} belongs to the image, which is replaced as a whole"),
            false => format!("/{path} cannot be a volume of its own"),
        })
    })?;
    let mut inside = InRoot::open(base)?;
    inside.make_directories(below)?;
    let place = inside.real_path(below)?;
    match place.is_dir() {
        true => Ok(place),
        false => Err(refused(format!("/{path} is no folder in the image"))),
    }
}

/// Moves a folder, and leaves an empty one like it.
fn take(from: &Path, to: &Path) -> io::Result<()> {
    let about = from.metadata()?;
    fs::rename(from, to)?;
    fs::create_dir(from)?;
    chown(from, Some(about.uid()), Some(about.gid()))?;
    fs::set_permissions(from, Permissions::from_mode(about.mode() & 0o7777))
}

fn refused(why: String) -> Error {
    Error::Host {
        why,
        hint: "name a folder that the machine can change, such as /var/log or /var/home".to_owned(),
    }
}
