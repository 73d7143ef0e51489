//! `buildah-injected`: empty files that builders leave.

use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "buildah-injected",
    severity: Severity::Warning,
    summary: "`/etc/hostname` or `/etc/resolv.conf` is an empty file, as some builders leave it",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let files = ["/etc/hostname", "/etc/resolv.conf"].into_iter();
    let empty = files.filter(|path| {
        let node = root.node(path);
        node.is_some_and(|node| node.kind.is_file()) && root.files.size(&constant(path)) == Some(0)
    });
    empty
        .map(|path| Found::new(path, "it is empty; remove it, or write what machines need"))
        .collect()
}
