//! Mounts that only this process sees.

use rustix::mount::{MountFlags, mount_remount};

use super::place::Machine;
use crate::host::error::Error;
use crate::sandbox::alone_with_mounts;

/// Makes the system root writable for this thread and what it starts, and for nobody else.
pub fn writable(machine: &Machine) -> Result<(), Error> {
    if !machine.is_live() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        let why = "only root changes the deployments of a machine; use sudo";
        return Err(Error::State(why.to_owned()));
    }
    let failed = |doing: &str| {
        let doing = doing.to_owned();
        move |errno: rustix::io::Errno| Error::Io {
            doing,
            source: errno.into(),
        }
    };
    alone_with_mounts().map_err(failed("making a private mount namespace"))?;
    for path in ["/sysroot", "/boot"] {
        // A folder that is no mount of its own is as writable as what it lies in.
        match mount_remount(path, MountFlags::BIND, "") {
            Err(rustix::io::Errno::INVAL) => {}
            other => other.map_err(failed("making /sysroot writable"))?,
        }
    }
    Ok(())
}
