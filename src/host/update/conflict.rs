//! Files of /etc that both the machine and the new image changed.

use crate::bootable::ostree::{Checksum, Repository};
use crate::host::changes::{Changed, changes};
use crate::host::error::Error;
use crate::host::machine::Machine;
use crate::path::TreePath;

/// A file of /etc that stays as the machine has it, although the new image has another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What the machine changed.
    pub changed: Changed,
}

/// Finds what merging /etc keeps from the new image.
pub(super) fn conflicts(
    machine: &Machine,
    repository: &Repository,
    (old, new): (&Checksum, &Checksum),
) -> Result<Vec<Conflict>, Error> {
    let changes = changes(machine)?;
    let shipped = |change: &Changed| {
        let below = change.path.as_bytes();
        TreePath::root().join(&[b"usr/", below].concat()).ok()
    };
    let paths: Vec<TreePath> = changes.iter().filter_map(shipped).collect();
    let before = repository.lookup(old, &paths)?;
    let after = repository.lookup(new, &paths)?;
    let both = changes.into_iter().zip(before.iter().zip(&after));
    Ok(both
        .filter(|(_, (before, after))| before != after)
        .map(|(changed, _)| Conflict { changed })
        .collect())
}
