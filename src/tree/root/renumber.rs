//! New owners for the files of a directory and in its account databases; no link is followed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use rustix::io::Errno;

use crate::path::TreePath;

use super::disk::Disk;
use super::unpack::{Ownership, Unpacker, of};
use crate::tree::{EntryKind, Error};

/// Gives all below a directory other owners: users and groups by the id that they have. Nothing else
/// of a file changes, its time and its attributes included.
pub fn renumber(
    root: &Path,
    ownership: Ownership,
    users: &BTreeMap<u32, u32>,
    groups: &BTreeMap<u32, u32>,
) -> Result<(), Error> {
    let mut unpacker = Unpacker::new(root, ownership)?;
    let mut seen = BTreeSet::new();
    let mut open = vec![TreePath::root()];
    while let Some(folder) = open.pop() {
        let names = unpacker.disk.names(&folder);
        for name in unpacker.check(&folder, names)? {
            let Ok(path) = folder.join(&name) else {
                continue;
            };
            let entry = unpacker.disk.entry(&path);
            let Some(mut entry) = unpacker.check(&path, entry)? else {
                continue;
            };
            if entry.is_directory() {
                open.push(path.clone());
            }
            if matches!(entry.kind, EntryKind::File { .. }) {
                let several = unpacker.disk.several_names(&path);
                if let Some(file) = unpacker.check(&path, several)?
                    && !seen.insert(file)
                {
                    continue;
                }
            }
            let (uid, gid) = (users.get(&entry.uid), groups.get(&entry.gid));
            if uid.is_none() && gid.is_none() {
                continue;
            }
            entry.uid = uid.copied().unwrap_or(entry.uid);
            entry.gid = gid.copied().unwrap_or(entry.gid);
            entry.xattrs.remove(super::disk::OWNER_NOTE);
            unpacker.metadata(&path, &of(&entry), entry.mtime)?;
        }
    }
    Ok(())
}

/// Reads a regular file below a directory; none when there is none, or a link on the way.
pub fn text_below(root: &Path, path: &TreePath) -> Result<Option<String>, Error> {
    let reading = |source| Error::io(format!("reading {path} in {}", root.display()), source);
    let mut disk = Disk::open(root).map_err(reading)?;
    let mut file = match disk.open_file(path) {
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(None),
        other => other.map_err(|source| reading(source.into()))?,
    };
    if !file.metadata().map_err(reading)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(reading)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Gives a regular file below a directory another content; a link on the way is an error.
pub fn rewrite_below(root: &Path, path: &TreePath, text: &str) -> Result<(), Error> {
    let writing = |source| Error::io(format!("writing {path} in {}", root.display()), source);
    let mut disk = Disk::open(root).map_err(writing)?;
    disk.overwrite(path, text.as_bytes()).map_err(writing)
}
