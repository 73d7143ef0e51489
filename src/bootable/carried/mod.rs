//! What an image carries for its machines: programs and units of the way back after a bad update.

use crate::bootable::ostree::{GENERATOR, GRUBENV};

/// A file of root's in an image.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    /// Where.
    pub path: &'static str,
    /// What it holds.
    pub text: &'static str,
    /// Permission bits.
    pub mode: u32,
}

/// What machines need whose deployments OSTree makes, and GRUB starts.
pub const OSTREE: [Carried; 8] = [
    Carried {
        path: "/usr/lib/ostree/prepare-root.conf",
        text: include_str!("prepare-root.conf"),
        mode: 0o644,
    },
    Carried {
        path: "/usr/libexec/terroir/ostree-grub",
        text: GENERATOR,
        mode: 0o755,
    },
    Carried {
        path: "/usr/libexec/terroir/grubenv",
        text: GRUBENV,
        mode: 0o755,
    },
    Carried {
        path: "/usr/libexec/terroir/health",
        text: include_str!("health.sh"),
        mode: 0o755,
    },
    Carried {
        path: "/usr/lib/systemd/system/terroir-health.service",
        text: include_str!("terroir-health.service"),
        mode: 0o644,
    },
    Carried {
        path: "/usr/libexec/terroir/deadline",
        text: include_str!("deadline.sh"),
        mode: 0o755,
    },
    Carried {
        path: "/usr/lib/systemd/system/terroir-deadline.service",
        text: include_str!("terroir-deadline.service"),
        mode: 0o644,
    },
    Carried {
        path: "/usr/lib/systemd/system/ostree-finalize-staged.service.d/50-terroir.conf",
        text: include_str!("finalize-staged.conf"),
        mode: 0o644,
    },
];

/// The links that start them.
pub const LINKS: [(&str, &str); 2] = [
    (
        "/usr/lib/systemd/system/multi-user.target.wants/terroir-health.service",
        "../terroir-health.service",
    ),
    (
        "/usr/lib/systemd/system/sysinit.target.wants/terroir-deadline.service",
        "../terroir-deadline.service",
    ),
];
