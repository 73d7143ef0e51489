//! `kernel-missing`: an image without a kernel.

use crate::bootable::LifeCycle;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "kernel-missing",
    severity: Severity::Error,
    summary: "there is no kernel",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let (life_cycle, _) = root.life_cycle();
    let is_plain = life_cycle == LifeCycle::Plain;
    let in_boot = root.files_in("/boot", "").into_iter();
    let mut in_boot = in_boot.filter(|path| path.file_name().starts_with(b"vmlinuz"));
    let unified = !root.files_in("/boot/EFI/Linux", ".efi").is_empty();
    if !root.kernels().is_empty() || unified || (is_plain && in_boot.next().is_some()) {
        return Vec::new();
    }
    let message = match is_plain {
        true => "neither /boot nor /usr/lib/modules has a kernel: machines cannot start from it",
        false => "no folder in it has a `vmlinuz`: machines cannot start from it",
    };
    vec![Found::new("/usr/lib/modules", message)]
}
