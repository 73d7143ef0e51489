//! `api-base-directories`: the folders that every system mounts or fills.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "api-base-directories",
    severity: Severity::Error,
    summary: "`/dev`, `/proc`, `/sys`, `/run`, `/tmp` or `/var` is missing, or is no folder",
    applies: ANY,
    check,
};

/// What the kernel and systemd mount over, and where they put state.
const FOLDERS: [&str; 6] = ["/dev", "/proc", "/sys", "/run", "/tmp", "/var"];

fn check(root: &Root) -> Vec<Found> {
    let wrong = FOLDERS.into_iter().filter(|path| !root.is_folder(path));
    wrong
        .map(|path| match root.node(path) {
            None => Found::new(path, "this folder is missing"),
            Some(_) => Found::new(path, "this is no folder"),
        })
        .collect()
}
