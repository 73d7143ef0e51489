//! What a repository keeps: the images that are deployed, and their layers.

use std::collections::BTreeSet;

use crate::bootable::ostree::{Checksum, Repository};
use crate::host::error::Error;
use crate::host::machine::Machine;

/// Forgets all images but the new one, the running one and pinned ones, and layers of no image that
/// is left. OSTree
/// removes what nothing names any more with its next deployment.
pub(super) fn forget_unused(
    machine: &Machine,
    repository: &Repository,
    new: &Checksum,
) -> Result<(), Error> {
    // A deployment keeps its files without a reference; what runs is what an update starts from.
    let mut commits = BTreeSet::from([machine.booted()?.commit, *new]);
    let pinned = machine.menu().iter().filter(|one| one.is_pinned);
    commits.extend(pinned.map(|one| one.commit));
    for name in repository.references("terroir/image")? {
        let reference = format!("terroir/image/{name}");
        let commit = repository.resolve(&reference)?;
        if commit.is_none_or(|commit| !commits.contains(&commit)) {
            repository.forget(&reference)?;
        }
    }
    let mut layers = BTreeSet::new();
    for commit in &commits {
        layers.extend(repository.layers(commit)?);
    }
    for name in repository.references("terroir/layer")? {
        if !layers.contains(&name) {
            repository.forget(&format!("terroir/layer/{name}"))?;
        }
    }
    Ok(())
}
