//! Mounts that only one thread, and what it starts, sees.

use rustix::io::Result;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Takes this thread into a mount namespace of its own, whose changes nobody else sees.
pub fn alone_with_mounts() -> Result<()> {
    #[expect(unsafe_code, reason = "the table of open files is not unshared")]
    let alone = unsafe { unshare_unsafe(UnshareFlags::NEWNS) };
    alone?;
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
}
