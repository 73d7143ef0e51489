//! The files whose content a snapshot keeps.

use std::collections::BTreeSet;

use crate::path::TreePath;

/// Largest text that is kept, in bytes, but for package databases.
const MAX_TEXT: u64 = 1 << 20;
/// Largest package database that is kept, in bytes; that of a desktop has about 10 MB.
const MAX_DATABASE: u64 = 64 << 20;

/// Folders whose files are kept: where a distribution and its administrator put settings.
const KEPT: [&[u8]; 40] = [
    b"boot/grub",
    b"boot/grub2",
    b"boot/loader",
    b"boot/loader.0",
    b"boot/loader.1",
    b"etc",
    b"lib/modprobe.d",
    b"lib/modules-load.d",
    b"lib/sysctl.d",
    b"lib/systemd",
    b"run/modprobe.d",
    b"run/modules-load.d",
    b"run/sysctl.d",
    b"run/systemd",
    b"usr/etc",
    b"usr/lib/bootc",
    b"usr/lib/composefs",
    b"usr/lib/environment.d",
    b"usr/lib/modprobe.d",
    b"usr/lib/modules-load.d",
    b"usr/lib/os-release",
    b"usr/lib/ostree",
    b"usr/lib/pam.d",
    b"usr/lib/sysctl.d",
    b"usr/lib/systemd",
    b"usr/lib/sysusers.d",
    b"usr/lib/tmpfiles.d",
    b"usr/lib/terroir",
    b"usr/local/lib/bootc",
    b"usr/local/lib/modprobe.d",
    b"usr/local/lib/modules-load.d",
    b"usr/local/lib/sysctl.d",
    b"usr/local/lib/systemd",
    b"usr/local/share/systemd",
    b"usr/share/containers/systemd",
    b"usr/share/doc/bootc/baseimage",
    b"usr/share/pam-configs",
    b"usr/share/systemd",
    b"usr/share/terroir",
    b"root",
];

/// Package databases of dpkg, the second on images that keep `/var` for the machine.
const DATABASES: [&[u8]; 4] = [
    b"var/lib/dpkg/status",
    b"var/lib/dpkg/status.d",
    b"usr/lib/sysimage/dpkg/status",
    b"usr/share/terroir/dpkg/status",
];

/// The largest size up to which the file at a path is kept; none when it never is.
pub(super) fn limit_of(path: &TreePath, wanted: &BTreeSet<TreePath>) -> Option<u64> {
    let lies = |folder: &&[u8]| -> bool {
        let rest = path.as_bytes().strip_prefix(*folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    if wanted.contains(path) || DATABASES.iter().any(lies) {
        return Some(MAX_DATABASE);
    }
    // Keys that open an account lie in its home, which may be anywhere.
    let keys = path.as_bytes().ends_with(b"/.ssh/authorized_keys");
    // What a kernel has built in is known by a list beside its modules.
    let built_in = path.as_bytes().ends_with(b"/modules.builtin");
    (keys || built_in || KEPT.iter().any(lies)).then_some(MAX_TEXT)
}
