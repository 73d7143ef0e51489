//! `bootc-kargs`: files of kernel arguments that nobody can read.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::setting::{KARGS_FOLDER, KargsFile};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "bootc-kargs",
    severity: Severity::Error,
    summary: "a file of `/usr/lib/bootc/kargs.d` is no TOML with `kargs`, or has other keys",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let files = root.files_in(KARGS_FOLDER, ".toml").into_iter();
    let wrong = files.filter_map(|path| {
        let text = root.text_at(&path)?;
        let why = KargsFile::parse(&text).err()?;
        Some(Found::at(&path, why))
    });
    wrong.collect()
}
