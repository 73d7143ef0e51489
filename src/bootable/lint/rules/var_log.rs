//! `var-log`: logs in an image.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "var-log",
    severity: Severity::Warning,
    summary: "a file below `/var/log` is not empty",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let logs = root.below("/var/log").into_iter();
    logs.filter(|(path, node)| {
        node.kind.is_file() && root.files.size(path).is_some_and(|size| size > 0)
    })
    .map(|(path, _)| Found::at(path, "it was written while the image was built"))
    .collect()
}
