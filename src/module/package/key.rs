//! Keys that sign packages: files of the repository, put where the package manager looks.

use super::plan::{Plan, many};
use crate::action::{Action, Command, Input};
use crate::origin::{Diagnostic, Sourced};

/// How an OpenPGP key in text form begins.
const ARMORED: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
/// How a secret OpenPGP key in text form begins.
const SECRET: &str = "-----BEGIN PGP PRIVATE KEY BLOCK-----";

/// A key file with the ending that says which form it has: `asc` for text, `gpg` for binary.
pub(in crate::module) fn openpgp(
    plan: &mut Plan<'_>,
    key: &Sourced<String>,
) -> Option<(Input, &'static str)> {
    let input = file(plan, key)?;
    // A key in binary form is not UTF-8.
    let Ok(text) = plan.around.inputs.text(&input) else {
        return Some((input, "gpg"));
    };
    if text.contains(SECRET) {
        plan.wrong.push(
            Diagnostic::error(&key.origin, format!("`{key}` is a secret key"))
                .hint("export the public one with `gpg --armor --export`, and replace this key: it is not a secret any more"),
        );
        return None;
    }
    if !text.contains(ARMORED) {
        plan.wrong.push(
            Diagnostic::error(&key.origin, format!("`{key}` is not an OpenPGP key"))
                .labelled(format!("it has no line `{ARMORED}`")),
        );
        return None;
    }
    Some((input, "asc"))
}

/// A file of the repository; an address is refused, since what it says tomorrow is not known.
pub(in crate::module) fn file(plan: &mut Plan<'_>, key: &Sourced<String>) -> Option<Input> {
    if key.contains("://") {
        plan.wrong.push(
            Diagnostic::error(
                &key.origin,
                "a key is a file of the repository, not an address",
            )
            .hint("fetch it once, look at its fingerprint, and commit the file"),
        );
        return None;
    }
    plan.input("", key)
}

/// The name of a file without folders and its last ending.
pub(in crate::module) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.is_empty() { name } else { stem }
}

/// Puts a key where rpm's managers look, and imports it; the answer is its path in the image.
pub(in crate::module) fn import(plan: &mut Plan<'_>, key: &Sourced<String>) -> Option<String> {
    let (input, _) = openpgp(plan, key)?;
    let path = format!("/etc/pki/rpm-gpg/RPM-GPG-KEY-{}", stem(key));
    plan.copy(&path, input, &key.origin);
    let arguments = many(&["rpm", "--import", &path]);
    let command = Command::new(format!("rpm --import {key}"), arguments);
    plan.actions.push(Action::Run(Box::new(command)));
    Some(path)
}
