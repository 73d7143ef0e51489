//! Enabled units: their links move from /etc to /usr/lib, where an update reaches them.

use crate::path::TreePath;
use crate::tree::{EntryKind, OpenRoot};

use super::error::ShapeError;
use super::kernel::{place, raw};

/// Where `systemctl enable` makes links, and where the vendor has them.
const FOLDERS: [(&str, &str); 2] = [
    ("/etc/systemd/system", "/usr/lib/systemd/system"),
    ("/etc/systemd/user", "/usr/lib/systemd/user"),
];

/// Moves the links that enable units, and other names of units. Masks stay: they only work in /etc.
pub(super) fn move_links(root: &mut OpenRoot) -> Result<(), ShapeError> {
    for (from, to) in FOLDERS {
        let below = root.below(&place(from))?;
        for entry in &below {
            let EntryKind::Symlink { target } = &entry.kind else {
                continue;
            };
            if target == b"/dev/null" {
                continue;
            }
            let Some(rest) = rest_of(&entry.path, from) else {
                continue;
            };
            let folder = entry.path.parent().unwrap_or_default();
            let goes = match rest.split(|byte| *byte == b'/').count() {
                1 => true,
                2 => is_wanting(folder.file_name()),
                _ => false,
            };
            let target = raw(&entry.path.led_to(target)).into_bytes();
            // Another name of a unit of the administrator's works only beside it.
            let alias = !rest.contains(&b'/') && target.starts_with(b"/etc/");
            let (true, false, Ok(there)) = (goes, alias, place(to).join(rest)) else {
                continue;
            };
            // A unit of the vendor under that name stays hidden by the link in /etc.
            match root.entry(&there)?.map(|found| found.kind) {
                None => root.link(&there, &target)?,
                Some(EntryKind::Symlink { target: other }) if other == target => {}
                Some(EntryKind::Symlink { .. }) if rest.contains(&b'/') => {}
                Some(_) => continue,
            }
            root.remove(&entry.path)?;
        }
        for entry in below.iter().rev().filter(|entry| entry.is_directory()) {
            if is_wanting(entry.path.file_name()) && root.names(&entry.path)?.is_empty() {
                root.remove(&entry.path)?;
            }
        }
    }
    Ok(())
}

/// Tells whether a folder of that name holds links that make one unit start others.
pub(super) fn is_wanting(name: &[u8]) -> bool {
    [&b".wants"[..], b".requires", b".upholds"]
        .iter()
        .any(|kind| name.ends_with(kind))
}

fn rest_of<'a>(path: &'a TreePath, folder: &str) -> Option<&'a [u8]> {
    path.as_bytes()
        .strip_prefix(folder.trim_start_matches('/').as_bytes())?
        .strip_prefix(b"/")
}
