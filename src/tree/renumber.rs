//! Other owners for the files of a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::path::TreePath;

use super::unpack::{Ownership, Unpacker, of};
use super::{EntryKind, Error};

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
            entry.xattrs.remove(super::unpack::OWNER_NOTE);
            unpacker.metadata(&path, &of(&entry), entry.mtime)?;
        }
    }
    Ok(())
}
