//! `var-run`: /var/run that is no link.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "var-run",
    severity: Severity::Error,
    summary: "`/var/run` is no link",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let node = root.node("/var/run");
    let is_wrong = node.is_some_and(|node| !matches!(node.kind, NodeKind::Link(_)));
    let message = "make it a link to /run; programs look for each other in both";
    is_wrong
        .then(|| Found::new("/var/run", message))
        .into_iter()
        .collect()
}
