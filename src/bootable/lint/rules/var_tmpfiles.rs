//! `var-tmpfiles`: what nothing makes below /var.

use crate::bootable::LifeCycle;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::bootable::lint::var::Var;
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
    let var = Var::of(root);
    // bootc asks for a line for everything.
    let is_bootc = root.life_cycle().0 == LifeCycle::Bootc;
    let mut found = Vec::new();
    let mut files = 0;
    for (path, node) in root.below("/var") {
        let is_meant = match node.kind {
            NodeKind::File => var.is_left_out(path),
            _ => var.is_forgotten(path),
        };
        if var.is_made(path) || (is_meant && !is_bootc) {
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
