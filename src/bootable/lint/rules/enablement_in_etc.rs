//! `enablement-in-etc`: units that are enabled where machines keep their own changes.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::bootable::lint::units::is_started_by;
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "enablement-in-etc",
    severity: Severity::Warning,
    summary: "a unit is enabled in `/etc`, where updates and machines meet",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for scope in ["/etc/systemd/system", "/etc/systemd/user"] {
        for (path, node) in root.below(scope) {
            let is_started = path.parent().is_some_and(|folder| is_started_by(&folder));
            if matches!(node.kind, NodeKind::Link(_)) && is_started {
                let message = "a machine that enables or disables it keeps its own state for ever; \
                               link it below /usr/lib/systemd instead";
                found.push(Found::at(path, message));
            }
        }
    }
    found
}
