//! `nonempty-run-tmp`: what lies in /run and /tmp.

use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::path::TreePath;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "nonempty-run-tmp",
    severity: Severity::Warning,
    summary: "something lies below `/run` or `/tmp`",
    applies: IMAGE,
    check,
};

/// A file that container programs mount, and leave with the folders above it.
const FORGIVEN: &str = "/run/systemd/resolve/stub-resolv.conf";

fn check(root: &Root) -> Vec<Found> {
    let stub = constant(FORGIVEN);
    let mut found = Vec::new();
    for top in ["/run", "/tmp"] {
        let entries = root.below(top);
        let others = |above: &TreePath| {
            let below = entries.iter().map(|(path, _)| *path);
            let mut below = below.filter(|path| path.starts_with(above) && !stub.starts_with(path));
            below.next().is_some()
        };
        for (path, _) in &entries {
            let is_forgiven = stub.starts_with(path) && root.leads(&stub) && !others(path);
            if !is_forgiven {
                found.push(Found::at(
                    path,
                    "machines mount another file system over it",
                ));
            }
        }
    }
    found
}
