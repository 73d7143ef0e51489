//! `world-writable`: what every user may change.

use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "world-writable",
    severity: Severity::Warning,
    summary: "a file is writable by every user, or a folder is and has no sticky bit",
    applies: ANY,
    check,
};

/// Where the running system decides.
const LIVE: [&str; 4] = ["/dev", "/proc", "/run", "/sys"];

fn check(root: &Root) -> Vec<Found> {
    let live = LIVE.map(constant);
    let mut found = Vec::new();
    for (path, node) in root.files.iter() {
        if node.mode & 0o002 == 0 || live.iter().any(|top| path.starts_with(top)) {
            continue;
        }
        let mode = node.mode;
        let message = match node.kind {
            NodeKind::Link(_) | NodeKind::Special => continue,
            NodeKind::Directory if mode & 0o1000 != 0 => continue,
            NodeKind::Directory => {
                format!("its mode is {mode:04o}: every user may remove what others have in it")
            }
            NodeKind::File => format!("its mode is {mode:04o}: every user may change it"),
        };
        found.push(Found::at(path, message));
    }
    found
}
