//! `baseimage-root`: /sysroot and /ostree.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "baseimage-root",
    severity: Severity::Error,
    summary: "`/sysroot` is no folder, or `/ostree` is no link to `sysroot/ostree`",
    applies: IMAGE,
    check,
};

/// A root that bootc keeps beside, to make others of.
const BASE: &str = "/usr/share/doc/bootc/baseimage/base";

fn check(root: &Root) -> Vec<Found> {
    let mut found = in_root(root, "");
    if root.is_folder(BASE) {
        found.extend(in_root(root, BASE));
    }
    found
}

fn in_root(root: &Root, top: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let sysroot = format!("{top}/sysroot");
    if !root.is_folder(&sysroot) {
        let message = "this folder is missing; the root of the disk is mounted there";
        found.push(Found::new(sysroot, message));
    }
    let ostree = format!("{top}/ostree");
    let message = match root.node(&ostree).map(|node| node.kind) {
        Some(NodeKind::Link(target)) if target == b"sysroot/ostree" => return found,
        Some(NodeKind::Link(target)) => {
            let target = String::from_utf8_lossy(&target).into_owned();
            format!("it leads to `{target}`; write `sysroot/ostree`, without a slash before it")
        }
        Some(_) => "it is no link; make it one to `sysroot/ostree`".to_owned(),
        None => "it is missing; make a link to `sysroot/ostree`".to_owned(),
    };
    found.push(Found::new(ostree, message));
    found
}
