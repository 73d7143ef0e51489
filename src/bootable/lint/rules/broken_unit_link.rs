//! `broken-unit-link`: links of systemd that lead nowhere.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::bootable::lint::units::{is_known, is_started_by};
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "broken-unit-link",
    severity: Severity::Warning,
    summary: "a link below `/etc/systemd` or `/usr/lib/systemd` leads nowhere",
    applies: ANY,
    check,
};

/// Folders of configuration and units.
const FOLDERS: [&str; 3] = ["/etc/systemd", "/usr/lib/systemd", "/usr/local/lib/systemd"];
/// Where targets appear only on a running machine.
const LIVE: [&str; 4] = ["/dev", "/proc", "/run", "/sys"];

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for (path, node) in FOLDERS.into_iter().flat_map(|folder| root.below(folder)) {
        let NodeKind::Link(target) = &node.kind else {
            continue;
        };
        let target = String::from_utf8_lossy(target);
        let is_live = LIVE.iter().any(|top| {
            target
                .strip_prefix(top)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        // systemd starts what a link in such a folder is called, wherever it leads.
        let is_started = path.parent().is_some_and(|folder| is_started_by(&folder));
        let name = String::from_utf8_lossy(path.file_name()).into_owned();
        if is_live || root.leads(path) || (is_started && is_known(root, &name)) {
            continue;
        }
        found.push(Found::at(
            path,
            format!("it leads to {target}, which is not there"),
        ));
    }
    found
}
