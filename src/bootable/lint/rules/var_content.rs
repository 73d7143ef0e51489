//! `var-content`: files below /var that stay as the first installation had them.

use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::bootable::lint::tmpfiles;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "var-content",
    severity: Severity::Warning,
    summary: "a file below `/var` would not reach machines that are updated",
    applies: IMAGE,
    check,
};

/// Folders whose content programs make again, or that belong to the time of the build.
const MADE_AGAIN: [&str; 6] = [
    "/var/backups",
    "/var/cache",
    "/var/lib/apt",
    "/var/log",
    "/var/run",
    "/var/tmp",
];

fn check(root: &Root) -> Vec<Found> {
    let lines = tmpfiles::read(root);
    let made_again = MADE_AGAIN.map(constant);
    let files = root.below("/var").into_iter().filter(|(path, node)| {
        node.kind.is_file()
            && root.files.size(path).is_some_and(|size| size > 0)
            && !made_again.iter().any(|top| path.starts_with(top))
            && !lines.covers(path)
    });
    files
        .map(|(path, _)| {
            let message = "machines keep /var, so an update does not bring it; move it to /usr, or \
                           copy it by a line of tmpfiles.d";
            Found::at(path, message)
        })
        .collect()
}
