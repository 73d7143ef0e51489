//! `update-programs`: programs without which a machine cannot be updated.

use crate::bootable::LifeCycle;
use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "update-programs",
    severity: Severity::Error,
    summary: "a program is missing without which machines cannot be updated",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let programs: &[&str] = match root.life_cycle() {
        (LifeCycle::Bootc, _) => &["bootc", "ostree", "skopeo"],
        _ => &["ostree"],
    };
    let paths = programs.iter().map(|name| format!("/usr/bin/{name}"));
    let missing = paths.filter(|path| !root.leads(&constant(path)));
    missing
        .map(|path| Found::new(path, "it is missing, and updates run it"))
        .collect()
}
