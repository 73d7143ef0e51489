//! `var-tmpfiles`: what nothing makes below /var.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::bootable::lint::tmpfiles;
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "var-tmpfiles",
    severity: Severity::Warning,
    summary: "something below `/var` is made by no line of `tmpfiles.d`",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let lines = tmpfiles::read(root);
    let mut found = Vec::new();
    let mut files = 0;
    for (path, node) in root.below("/var") {
        if lines.covers(path) {
            continue;
        }
        let mode = node.mode;
        let message = match &node.kind {
            NodeKind::Directory => format!(
                "no line makes this folder; `d {path} {mode:04o} {} {} - -` would",
                node.uid, node.gid
            ),
            NodeKind::Link(target) => format!(
                "no line makes this link; `L {path} - - - - {}` would",
                String::from_utf8_lossy(target)
            ),
            _ => {
                files += 1;
                continue;
            }
        };
        found.push(Found::at(path, message));
    }
    if files > 0 {
        found.push(Found::new(
            "/var",
            format!("no line makes {files} files; var-content names those that matter"),
        ));
    }
    found
}
