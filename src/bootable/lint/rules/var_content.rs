//! `var-content`: files below /var that stay as the first installation had them.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::bootable::lint::var::Var;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "var-content",
    severity: Severity::Warning,
    summary: "a file below `/var` would not reach machines that are updated",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let var = Var::of(root);
    let files = root.below("/var").into_iter().filter(|(path, node)| {
        node.kind.is_file()
            && root.files.size(path).is_some_and(|size| size > 0)
            && !var.is_left_out(path)
            && !var.is_made(path)
    });
    files
        .map(|(path, _)| {
            let message = "machines keep /var, so an update does not bring it; move it to /usr, or \
                           copy it by a line of tmpfiles.d";
            Found::at(path, message)
        })
        .collect()
}
