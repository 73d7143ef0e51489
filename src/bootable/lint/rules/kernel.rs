//! `kernel`: more kernels than one.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "kernel",
    severity: Severity::Error,
    summary: "more than one kernel below `/usr/lib/modules`",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let kernels = root.kernels();
    let versions: Vec<&str> = kernels.iter().map(|one| one.version.as_str()).collect();
    match kernels.len() {
        0 | 1 => Vec::new(),
        _ => vec![Found::new(
            "/usr/lib/modules",
            format!(
                "an image boots one kernel, and has: {}",
                versions.join(", ")
            ),
        )],
    }
}
