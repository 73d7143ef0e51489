//! `nonempty-boot`: what lies in /boot.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "nonempty-boot",
    severity: Severity::Warning,
    summary: "`/boot` is missing or holds more than `EFI`",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    if !root.is_folder("/boot") {
        return vec![Found::new("/boot", "this folder is missing")];
    }
    let entries = root.files_in("/boot", "").into_iter();
    entries
        .filter(|path| path.file_name() != b"EFI")
        .map(|path| {
            let message = "machines mount another file system over /boot; the kernel belongs into \
                           /usr/lib/modules";
            Found::at(&path, message)
        })
        .collect()
}
