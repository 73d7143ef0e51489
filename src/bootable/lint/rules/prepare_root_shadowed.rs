//! `prepare-root-shadowed`: a prepare-root.conf that another one hides.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "prepare-root-shadowed",
    severity: Severity::Warning,
    summary: "`/etc/ostree/prepare-root.conf` hides that of `/usr/lib`",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let path = "/etc/ostree/prepare-root.conf";
    let is_there = |path: &str| root.node(path).is_some();
    let message = "only this one is read, and changes of /usr/lib/ostree/prepare-root.conf have no \
                   effect";
    let is_hidden = is_there(path) && is_there("/usr/lib/ostree/prepare-root.conf");
    is_hidden
        .then(|| Found::new(path, message))
        .into_iter()
        .collect()
}
