//! What machines are told that are to boot their disk.

use super::known::Loader;
use crate::kickstart::LocalBoot;

/// The text for a loader.
pub(super) fn text(local: &LocalBoot, loader: Loader) -> &str {
    match loader {
        Loader::Ipxe => &local.ipxe,
        Loader::Grub => &local.grub,
        Loader::Pxelinux => &local.pxelinux,
    }
}
