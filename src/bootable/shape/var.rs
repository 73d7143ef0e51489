//! What machines find below /var: tmpfiles.d(5) for it, and the files that are copied.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::bootable::declared::paths;
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind};

use super::kernel::raw;
use super::rules::{Fate, Rules};

/// Where systemd-tmpfiles(8) looks for the files that `C` copies.
pub(super) const FACTORY: &str = "/usr/share/factory";

/// What becomes of all that stands below /var.
#[derive(Debug, Default)]
pub(super) struct Var {
    /// The text of a tmpfiles.d file.
    pub lines: String,
    /// Files that have to lie below [`FACTORY`].
    pub copied: Vec<TreePath>,
    /// Files of which nothing is known.
    pub unknown: Vec<TreePath>,
}

impl Var {
    /// Decides about entries below /var, folders before what they hold; `stated` are paths that other
    /// files of tmpfiles.d speak of.
    pub(super) fn of(entries: &[Entry], rules: &Rules, stated: &BTreeSet<String>) -> Self {
        let mut var = Self::default();
        for entry in entries {
            var.take(entry, rules, stated);
        }
        var
    }

    fn take(&mut self, entry: &Entry, rules: &Rules, stated: &BTreeSet<String>) {
        let fate = rules.fate(&entry.path);
        if fate == Some(Fate::Forget) {
            return;
        }
        let has_line = stated.contains(&raw(&entry.path));
        let path = escaped(&raw(&entry.path));
        let (mode, uid, gid) = (entry.mode, entry.uid, entry.gid);
        match &entry.kind {
            EntryKind::Directory if !has_line => {
                let _ = writeln!(self.lines, "d {path} {mode:04o} {uid} {gid} - -");
            }
            EntryKind::Symlink { target } if !has_line => {
                // dpkg's database has to be found, also where something made a folder for it.
                let kind = if entry.path.as_bytes() == b"var/lib/dpkg" {
                    "L+"
                } else {
                    "L"
                };
                let target = escaped(&String::from_utf8_lossy(target));
                let _ = writeln!(self.lines, "{kind} {path} - - - - {target}");
            }
            EntryKind::File { .. } | EntryKind::Hardlink { .. } => match fate {
                Some(Fate::Copy) => {
                    if !has_line {
                        let _ = writeln!(self.lines, "C {path} {mode:04o} {uid} {gid} - -");
                    }
                    self.copied.push(entry.path.clone());
                }
                Some(_) => {}
                None if has_line => {}
                None => self.unknown.push(entry.path.clone()),
            },
            EntryKind::Fifo if !has_line => {
                let _ = writeln!(self.lines, "p {path} {mode:04o} {uid} {gid} - -");
            }
            _ => {}
        }
    }
}

/// The paths that lines of tmpfiles.d make something at, or remove at every start.
pub(super) fn stated(text: &str) -> impl Iterator<Item = String> {
    paths(text).filter_map(|(kind, path)| {
        let makes = kind.starts_with(['d', 'D', 'v', 'q', 'Q', 'L', 'C', 'f', 'F', 'p', 'w']);
        makes.then(|| path.trim_end_matches('/').to_owned())
    })
}

/// A word of tmpfiles.d: specifiers escaped, and in quotes where it has blanks or quotes; systemd 252
/// reads no `\x20`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let is_quoted = text.contains(['"', '\'', ' ', '\t', '\n']);
    if is_quoted {
        out.push('"');
    }
    for letter in text.chars() {
        match letter {
            '%' => out.push_str("%%"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            _ => out.push(letter),
        }
    }
    if is_quoted {
        out.push('"');
    }
    out
}
