//! `etc-usretc`: two folders of settings.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "etc-usretc",
    severity: Severity::Error,
    summary: "`/usr/etc` is there beside `/etc`",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let both = root.node("/etc").is_some() && root.node("/usr/etc").is_some();
    let message = "an image has its settings in /etc; OSTree makes this folder of it when the image \
                   is installed";
    both.then(|| Found::new("/usr/etc", message))
        .into_iter()
        .collect()
}
