//! The configuration files of programs that settings are about.

use crate::path::TreePath;

/// Folders whose files count, those below them too.
const FOLDERS: [&[u8]; 22] = [
    b"etc/modprobe.d",
    b"etc/modules-load.d",
    b"etc/pam.d",
    b"etc/security/limits.d",
    b"etc/security/pwquality.conf.d",
    b"etc/ssh/ssh_config.d",
    b"etc/ssh/sshd_config.d",
    b"etc/sysctl.d",
    b"lib/modprobe.d",
    b"lib/modules-load.d",
    b"lib/sysctl.d",
    b"run/modprobe.d",
    b"run/modules-load.d",
    b"run/sysctl.d",
    b"usr/lib/modprobe.d",
    b"usr/lib/modules-load.d",
    b"usr/lib/pam.d",
    b"usr/lib/sysctl.d",
    b"usr/local/lib/modprobe.d",
    b"usr/local/lib/modules-load.d",
    b"usr/local/lib/sysctl.d",
    b"etc/initramfs-tools/modprobe.d",
];

/// Files that count.
const FILES: [&[u8]; 12] = [
    b"etc/default/ufw",
    b"etc/default/useradd",
    b"etc/login.defs",
    b"etc/modules",
    b"etc/security/faillock.conf",
    b"etc/security/limits.conf",
    b"etc/security/pwquality.conf",
    b"etc/ssh/ssh_config",
    b"etc/ssh/sshd_config",
    b"etc/sysctl.conf",
    b"etc/ufw/sysctl.conf",
    b"etc/ufw/ufw.conf",
];

/// Folders of systemd, of which the configuration files count.
const SYSTEMD: [&[u8]; 5] = [
    b"etc/systemd/",
    b"run/systemd/",
    b"usr/local/lib/systemd/",
    b"usr/lib/systemd/",
    b"lib/systemd/",
];

/// Tells whether a file at a path, which has no links in it, may decide a setting of a kind whose
/// program reads several files. Their texts are known of every root that something is built upon.
#[must_use]
pub fn is_configuration(path: &TreePath) -> bool {
    let bytes = path.as_bytes();
    let below = |folder: &&[u8]| {
        let rest = bytes.strip_prefix(*folder);
        rest.is_some_and(|rest| rest.starts_with(b"/"))
    };
    if FILES.contains(&bytes) || FOLDERS.iter().any(below) {
        return true;
    }
    let Some(rest) = SYSTEMD
        .iter()
        .find_map(|folder| bytes.strip_prefix(*folder))
    else {
        return false;
    };
    let mut parts = rest.split(|byte| *byte == b'/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(file), None, _) => file.ends_with(b".conf"),
        (Some(folder), Some(file), None) => {
            folder.ends_with(b".conf.d") && file.ends_with(b".conf")
        }
        _ => false,
    }
}
