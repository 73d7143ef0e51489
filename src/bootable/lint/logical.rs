//! Whether machines find a root on a logical volume.

use super::initramfs::LVM;
use super::root::Root;

/// Where the image has the program.
const PLACE: &str = "/usr/sbin/lvm";

/// What stands against a disk with logical volumes, a sentence each.
#[must_use]
pub fn cannot_activate(root: &Root) -> Vec<String> {
    let mut against = Vec::new();
    if root.node(PLACE).is_none() {
        against.push(format!("it has no {PLACE}"));
    }
    for kernel in root.kernels() {
        let held = kernel.held(root);
        match held {
            Some((_, held)) if held.programs.contains(LVM) => {}
            Some((path, _)) => against.push(format!("{path} lacks {LVM}")),
            None => against.push(format!(
                "{} has no initramfs that can be looked into",
                kernel.folder
            )),
        }
    }
    against
}
