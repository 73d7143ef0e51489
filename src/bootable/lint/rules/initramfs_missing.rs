//! `initramfs-missing`: a kernel without its initramfs.

use crate::bootable::LifeCycle;
use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "initramfs-missing",
    severity: Severity::Error,
    summary: "a kernel has no initramfs beside it",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let (life_cycle, _) = root.life_cycle();
    let mut found = Vec::new();
    for kernel in root.kernels() {
        let version = &kernel.version;
        let in_boot = [
            format!("/boot/initrd.img-{version}"),
            format!("/boot/initramfs-{version}.img"),
        ];
        let mut in_boot = in_boot.iter().map(|path| constant(path));
        let is_plain = life_cycle == LifeCycle::Plain;
        if kernel.initramfs(root).is_none() && !(is_plain && in_boot.any(|path| root.leads(&path)))
        {
            let message = match is_plain {
                true => "neither the folder of its modules nor /boot has an initramfs for it",
                false => "there is no `initramfs.img` beside it; OSTree looks for it there",
            };
            found.push(Found::at(&kernel.image, message));
        }
    }
    found
}
