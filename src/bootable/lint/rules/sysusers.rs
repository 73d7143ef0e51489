//! `sysusers`: accounts that only /etc/passwd and /etc/group have.

use crate::bootable::lint::accounts::{Declared, declared};
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::package::Accounts;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "sysusers",
    severity: Severity::Warning,
    summary: "an account of `/etc/passwd` or `/etc/group` is not in `/usr/lib/sysusers.d`",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let Some(passwd) = root.text("/etc/passwd") else {
        return Vec::new();
    };
    let Some(group) = root.text("/etc/group") else {
        return vec![Found::new("/etc/group", "it is missing, and /etc/passwd is there").error()];
    };
    let (declared, wrong) = declared(root);
    let mut found: Vec<Found> = wrong.into_iter().map(Found::error).collect();
    let accounts = Accounts::read(&passwd, &group);
    for name in accounts.users.keys() {
        let is_it = |one: &Declared| one.account.is_user && one.account.name == *name;
        if !declared.iter().any(is_it) {
            found.push(missing("/etc/passwd", "user", name));
        }
    }
    for name in accounts.groups.keys() {
        if !declared.iter().any(|one| one.account.name == *name) {
            found.push(missing("/etc/group", "group", name));
        }
    }
    found
}

fn missing(path: &str, kind: &str, name: &str) -> Found {
    Found::new(
        path,
        format!("the {kind} {name} is in no file of /usr/lib/sysusers.d"),
    )
}
