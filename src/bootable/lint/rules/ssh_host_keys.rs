//! `ssh-host-keys`: host keys that all machines would share.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "ssh-host-keys",
    severity: Severity::Error,
    summary: "SSH host keys are in the image",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let keys = root.files_in("/etc/ssh", "_key").into_iter();
    let keys = keys.filter(|path| {
        let node = root.files.node(path);
        path.file_name().starts_with(b"ssh_host_") && node.is_some_and(|node| node.kind.is_file())
    });
    keys.map(|path| {
        let message = "all machines would have this key; remove it, and make keys at first boot";
        Found::at(&path, message)
    })
    .collect()
}
