//! `initramfs-stale`: an initramfs that is older than what it was made of.

use crate::bootable::lint::initramfs::Initramfs;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "initramfs-stale",
    severity: Severity::Error,
    summary: "a configuration, program, library or driver in the initramfs is not that of the root",
    applies: IMAGE,
    check,
};

/// Files that dracut copies, and that only the copy is read of.
const COPIED: [&str; 4] = [
    "/etc/composefs/setup-root-conf.toml",
    "/etc/ostree/prepare-root.conf",
    "/usr/lib/composefs/setup-root-conf.toml",
    "/usr/lib/ostree/prepare-root.conf",
];

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for kernel in root.kernels() {
        let initramfs = kernel
            .initramfs(root)
            .and_then(|path| root.files.followed(&path));
        let held = initramfs.and_then(|(path, _)| Some((root.initramfs.get(&path)?, path)));
        let Some((held, path)) = held.filter(|(held, _)| held.problem.is_none()) else {
            continue;
        };
        for file in COPIED {
            let outside = root.text(file).map(String::into_bytes);
            // What the initramfs does not read, it need not have.
            let is_read = match file.contains("composefs") {
                true => held.programs.contains("initramfs-setup"),
                false => held.programs.contains("ostree-prepare-root"),
            };
            if is_read && outside.as_ref() != held.texts.get(file) {
                let message = format!("{file} in it differs from that of the root; make it again");
                let one = Found::at(&path, message);
                // OSTree of Debian 12 reads no such file, and its dracut module copies none.
                let unread = !held.texts.contains_key(file) && !file.contains("composefs");
                found.push(if unread { one.warning() } else { one });
            }
        }
        found.extend(
            copies(root, held)
                .into_iter()
                .map(|message| Found::at(&path, message).warning()),
        );
        for (file, text) in &held.texts {
            // What dracut writes itself stands nowhere else.
            let outside = root.text(file).map(String::into_bytes);
            let is_old = outside.is_some_and(|outside| outside != *text);
            if is_old && !COPIED.contains(&file.as_str()) {
                let message = format!("{file} in it differs from that of the root");
                found.push(Found::at(&path, message).warning());
            }
        }
    }
    found
}

/// How many files a sentence names.
const NAMED: usize = 3;

/// Which programs, libraries, kernel modules and firmware are older, in one sentence.
fn copies(root: &Root, held: &Initramfs) -> Option<String> {
    let copies = held.copies.iter();
    let other: Vec<String> = copies
        .filter(|(path, copy)| {
            let file = root
                .prints
                .get(path)
                .filter(|_| root.files.node(path).is_some());
            file.is_some_and(|file| file.is_other(copy, &path.to_string()))
        })
        .map(|(path, _)| path.to_string())
        .collect();
    let named = other.get(..NAMED.min(other.len()))?.join(", ");
    match other.len() {
        0 => None,
        1 => Some(format!(
            "{named} in it is not that of the root; make it again"
        )),
        2..=NAMED => Some(format!(
            "{named} in it are not those of the root; make it again"
        )),
        all => Some(format!(
            "{named} and {} more files in it are not those of the root; make it again",
            all - NAMED
        )),
    }
}
