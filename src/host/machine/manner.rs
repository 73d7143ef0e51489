//! How the machine is updated.

use std::fs;
use std::path::Path;

use crate::bootable::LifeCycle;
use crate::host::error::Error;

/// What updates the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Deployments of OSTree, which terroir makes.
    Ostree,
    /// bootc.
    Bootc,
}

/// Finds out how the machine below a root (`/`) is updated.
pub fn manner(root: &Path) -> Result<Manner, Error> {
    let word =
        fs::read_to_string(root.join(LifeCycle::PLACE.trim_start_matches('/'))).unwrap_or_default();
    let booted = root.join("run/ostree-booted").exists();
    let bootc = ["usr/bin/bootc", "usr/sbin/bootc"]
        .iter()
        .any(|program| root.join(program).exists());
    match LifeCycle::of(&word) {
        Some(LifeCycle::Plain) => Err(Error::NotAHost(
            "its life cycle is `plain`; update its packages with its package manager".to_owned(),
        )),
        _ if !booted => Err(Error::NotAHost(
            "it was not started from a deployment (there is no /run/ostree-booted); `terroir \
             disk` makes disks that are"
                .to_owned(),
        )),
        Some(LifeCycle::Ostree) => Ok(Manner::Ostree),
        Some(LifeCycle::Bootc) if !bootc => Err(Error::NotAHost(
            "its life cycle is `bootc`, but the program bootc is not installed".to_owned(),
        )),
        _ if bootc => Ok(Manner::Bootc),
        _ => Err(Error::NotAHost(
            "its image was not shaped by terroir (there is no /usr/lib/terroir/life-cycle), and \
             bootc is not installed"
                .to_owned(),
        )),
    }
}
