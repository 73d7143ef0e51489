//! `account-ids`: accounts that may get another number.

use crate::bootable::lint::accounts::{Declared, declared};
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::package::Accounts;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "account-ids",
    severity: Severity::Warning,
    summary: "an account gets whatever id is free, or another than it has",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let text = |path: &str| root.text(path).unwrap_or_default();
    let accounts = Accounts::read(&text("/etc/passwd"), &text("/etc/group"));
    let (declared, _) = declared(root);
    let mut found = Vec::new();
    for (name, id) in &accounts.users {
        // Of several lines the first counts (sysusers.d(5)).
        let mut lines = declared
            .iter()
            .filter(|one| one.account.is_user && one.account.name == *name);
        if let Some(line) = lines.next() {
            found.extend(compare(
                "/etc/passwd",
                ("user", name),
                *id,
                (line.account.id(), line),
            ));
        }
    }
    for (name, id) in &accounts.groups {
        let lines = declared
            .iter()
            .filter(|one| one.account.is_group() && one.account.name == *name);
        // A line for the group says more than that of a user with such a group.
        let mut lines: Vec<&Declared> = lines.collect();
        lines.sort_by_key(|line| line.account.is_user);
        if let Some(line) = lines.first() {
            found.extend(compare(
                "/etc/group",
                ("group", name),
                *id,
                (line.account.group_id(), line),
            ));
        }
    }
    found
}

fn compare(
    path: &str,
    (kind, name): (&str, &str),
    id: u32,
    (said, line): (Option<u32>, &Declared),
) -> Option<Found> {
    let file = &line.file;
    let message = match said {
        Some(said) if said == id => return None,
        Some(said) => format!("the {kind} {name} has the id {id}, and {file} gives it {said}"),
        None => format!("the {kind} {name} has the id {id}, and {file} gives it whatever is free"),
    };
    Some(Found::new(path, message))
}
