//! Whether the program of a configuration file would use the demanded value.

use serde_json::Value;

use super::accept::Accept;
use super::assigned::Assigned;
use super::declare::{ConfigValue, FIRST_OS_RELEASE, OS_RELEASE};
use super::effective::{effective, files_of, is_there};
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::place::{constant, place_of_name};
use crate::tree::Snapshot;

/// Compares the value that counts with the demanded one.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: ConfigValue = examined(Kind::CONFIG, name, value)?;
    let (file, key) = name.split_once('#').unwrap_or((name, ""));
    let path = place_of_name(file).map_err(|error| Unexamined::Value {
        setting: Kind::CONFIG.key(name),
        why: error.to_string(),
    })?;
    let first = constant(FIRST_OS_RELEASE);
    let path = match path == constant(OS_RELEASE) && is_there(root, &first)? {
        true => first,
        false => path,
    };
    if demanded.optional && !is_there(root, &path)? {
        return Ok(Checked::not_applicable(format!("{file} is not there")));
    }
    let found = effective(root, &path, demanded.style, key)?;
    let absent = demanded.accept == Some(Accept::Absent);
    let met = |one: &Option<Assigned>| match one {
        None => absent,
        Some(one) => !absent && demanded.satisfied_by(name, &one.value),
    };
    let wrong = found.iter().find(|one| !met(one));
    Ok(match wrong.or(found.first()).and_then(Option::as_ref) {
        None => Checked::when(
            wrong.is_none(),
            format!("{key} is not set"),
            root.followed(&path).map(|_| Place::file(&path)),
        ),
        Some(found) => {
            let shown = match found.value.is_empty() {
                true => key.to_owned(),
                false => format!("{key} is {}", found.value),
            };
            Checked::when(wrong.is_none(), shown, Some(found.place.clone()))
        }
    })
}

/// The file and what its program reads besides.
pub(in crate::setting) fn reads(name: &str) -> Vec<Reads> {
    let file = name.split('#').next().unwrap_or_default();
    let first = (file == OS_RELEASE).then(|| Reads::at(FIRST_OS_RELEASE));
    files_of(file)
        .into_iter()
        .map(|(path, folder)| match folder {
            true => Reads::Below(path),
            false => Reads::At(path),
        })
        .chain(first)
        .collect()
}
