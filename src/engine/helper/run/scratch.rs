//! The scratch folders of a run: how they appear in the root, and what they hold.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::action::SCRATCH;
use crate::path::TreePath;
use crate::sandbox::{Bind, Isolation, mount_bind, unmount};
use crate::tree::{Entry, EntryKind, InRoot};

use super::chroot::CopiedMounts;
use super::folders::Folders;
use super::stubs::Stubs;
use crate::engine::helper::error::TaskError;

/// Does something while the scratch folders stand in the root, as commands see them.
pub(super) fn with_scratch<T>(
    isolation: Isolation,
    folders: &Folders,
    (root, stubs): (&mut InRoot, &mut Stubs),
    act: impl FnOnce(&mut InRoot) -> Result<T, TaskError>,
) -> Result<T, TaskError> {
    if isolation == Isolation::Chroot {
        let placed = CopiedMounts::put(folders, &[])?;
        let done = act(root);
        placed.take_away()?;
        return done;
    }
    stubs.expect(root, &folders.scratch, "/")?;
    let mut mounted: Vec<PathBuf> = Vec::new();
    for bind in &folders.scratch {
        root.make_directories(&bind.target)?;
        let place = root.real_path(&bind.target)?;
        mount_bind(&bind.source, &place)?;
        mounted.push(place);
    }
    let done = act(root);
    for place in mounted.iter().rev() {
        unmount(place)?;
    }
    done
}

/// Makes a working directory; in a scratch folder it belongs to the user who works there.
pub(super) fn make_workplace(
    root: &mut InRoot,
    directory: &str,
    user: (u32, u32),
) -> Result<(), TaskError> {
    let missing = root.missing(directory)?;
    root.make_directories(directory)?;
    for made in missing {
        let real = root.real_path(&made)?;
        let below = |top: &&str| {
            root.real_path(top)
                .is_ok_and(|top| real.starts_with(&top) && real != top)
        };
        if SCRATCH.iter().any(&below) {
            // An id that the namespace does not have stays root's.
            let _ = std::os::unix::fs::chown(&real, Some(user.0), Some(user.1));
        }
    }
    Ok(())
}

/// The directories and links in the scratch folders, which later parts of the entry go through.
pub(super) fn scratch_entries(scratch: &[Bind]) -> Result<BTreeMap<TreePath, Entry>, TaskError> {
    let mut found = BTreeMap::new();
    for bind in scratch {
        let top = TreePath::parse(&bind.target)?;
        let opaque = Entry::opaque(&top)?;
        found.insert(opaque.path.clone(), opaque);
        list(&bind.source, &top, &mut found)?;
    }
    Ok(found)
}

fn list(
    folder: &Path,
    at: &TreePath,
    found: &mut BTreeMap<TreePath, Entry>,
) -> Result<(), TaskError> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = at.join(entry.file_name().as_bytes())?;
        let metadata = entry.metadata()?;
        let kind = if metadata.is_dir() {
            EntryKind::Directory
        } else if metadata.is_symlink() {
            let target = fs::read_link(entry.path())?;
            EntryKind::Symlink {
                target: target.as_os_str().as_bytes().to_vec(),
            }
        } else {
            continue;
        };
        let goes_on = metadata.is_dir();
        let listed = Entry {
            uid: metadata.uid(),
            gid: metadata.gid(),
            ..Entry::new(path.clone(), kind, metadata.mode() & 0o7777)
        };
        if listed.whiteout().is_none() {
            found.insert(path.clone(), listed);
            if goes_on {
                list(&entry.path(), &path, found)?;
            }
        }
    }
    Ok(())
}
