//! `etc-uid-drift`: owners in /etc that may become others.

use std::collections::BTreeSet;

use crate::bootable::declared::Account;
use crate::bootable::lint::accounts::declared;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::bootable::lint::tmpfiles;
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "etc-uid-drift",
    severity: Severity::Warning,
    summary: "something in `/etc` belongs to an id that no account has for sure",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let (declared, _) = declared(root);
    let accounts = declared.iter().map(|one| &one.account);
    let users = accounts.clone().filter(|account| account.is_user);
    let users: BTreeSet<u32> = users.filter_map(Account::id).collect();
    let groups: BTreeSet<u32> = accounts.filter_map(Account::group_id).collect();
    let lines = tmpfiles::read(root);
    let mut found = Vec::new();
    for (path, node) in root.below("/etc") {
        let is_fixed = (node.uid == 0 || users.contains(&node.uid))
            && (node.gid == 0 || groups.contains(&node.gid));
        if is_fixed || matches!(node.kind, NodeKind::Link(_)) || lines.gives_owner(path) {
            continue;
        }
        let message = format!(
            "it belongs to {}:{}, and no line of /usr/lib/sysusers.d fixes that id",
            node.uid, node.gid
        );
        found.push(Found::at(path, message));
    }
    found
}
