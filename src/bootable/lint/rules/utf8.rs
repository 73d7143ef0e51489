//! `utf8`: names that are no text.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "utf8",
    severity: Severity::Error,
    summary: "a name or the target of a link is not UTF-8",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, node) in root.files.iter() {
        let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
        if !is_text(path.file_name()) {
            found.push(Found::at(
                path,
                "its name is not UTF-8, and OSTree takes no other",
            ));
        }
        if let NodeKind::Link(target) = &node.kind
            && !is_text(target)
        {
            found.push(Found::at(
                path,
                "its target is not UTF-8, and OSTree takes no other",
            ));
        }
    }
    found
}
