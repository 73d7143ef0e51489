//! Following symbolic links inside a root by its directory table, as a process in a chroot would.

use std::collections::BTreeSet;

use crate::path::TreePath;

use crate::tree::{DirectoryTable, Error};

/// Most links on one way (`MAXSYMLINKS` of Linux).
const MAX_LINKS: usize = 40;

/// Where a path leads, and what was looked at to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The path without links in it; what does not exist yet stays as written.
    pub path: TreePath,
    /// Every path that was looked up, also in vain, sorted; they belong to a step's key.
    pub rows: Vec<TreePath>,
}

impl DirectoryTable {
    /// Follows links in the directory part of a path, never in its last component.
    ///
    /// Absolute links stay inside the root, and `..` in a link does not climb above it.
    pub fn resolve(&self, path: &TreePath) -> Result<Resolved, Error> {
        self.follow(path, false)
    }

    /// Follows links in all of a path, the last component included.
    pub fn resolve_all(&self, path: &TreePath) -> Result<Resolved, Error> {
        self.follow(path, true)
    }

    fn follow(&self, path: &TreePath, last: bool) -> Result<Resolved, Error> {
        let mut rows = BTreeSet::new();
        let mut here = TreePath::root();
        let mut links = 0;
        // Components still to go, the next one at the end.
        let mut rest: Vec<Vec<u8>> = path.components().map(<[u8]>::to_vec).collect();
        rest.reverse();
        while let Some(name) = rest.pop() {
            match name.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    here = here.parent().unwrap_or_default();
                    continue;
                }
                _ => {}
            }
            let Ok(next) = here.join(&name) else {
                return Err(links_error(path));
            };
            if rest.is_empty() && !last {
                here = next;
                break;
            }
            let target = self.get(&next).and_then(|row| row.link.as_deref());
            rows.insert(next.clone());
            let Some(target) = target else {
                here = next;
                continue;
            };
            links += 1;
            if links > MAX_LINKS {
                return Err(links_error(path));
            }
            if target.starts_with(b"/") {
                here = TreePath::root();
            }
            rest.extend(target.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec));
        }
        Ok(Resolved {
            path: here,
            rows: rows.into_iter().collect(),
        })
    }
}

fn links_error(path: &TreePath) -> Error {
    Error::Links {
        path: path.clone(),
        limit: MAX_LINKS,
    }
}
