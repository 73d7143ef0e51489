//! Whether the program of a configuration file would use the demanded value.

use serde_json::Value;

use super::declare::{ConfigValue, FIRST_OS_RELEASE, OS_RELEASE};
use super::effective::{effective, files_of};
use super::term::Accept;
use crate::setting::check::{Checked, Place, Reads, Unexamined, constant};
use crate::setting::error::examined;
use crate::setting::kind::Kind;
use crate::setting::place::place_of_name;
use crate::tree::Snapshot;

/// Compares the value that counts with the demanded one.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: ConfigValue = examined(Kind::Config, name, value)?;
    let (file, key) = name.split_once('#').unwrap_or((name, ""));
    let path = place_of_name(file).map_err(|error| Unexamined::Value {
        setting: Kind::Config.key(name),
        why: error.to_string(),
    })?;
    let first = constant(FIRST_OS_RELEASE);
    let path = match path == constant(OS_RELEASE) && root.followed(&first).is_some() {
        true => first,
        false => path,
    };
    if demanded.optional && root.followed(&path).is_none() {
        return Ok(Checked::not_applicable(format!("{file} is not there")));
    }
    let found = effective(root, &path, demanded.style, key)?;
    let absent = demanded.accept == Some(Accept::Absent);
    Ok(match found {
        None => Checked::when(
            absent,
            format!("{key} is not set"),
            root.followed(&path).map(|_| Place::file(&path)),
        ),
        Some(found) => {
            let met = !absent && demanded.satisfied_by(&found.value);
            let shown = match found.value.is_empty() {
                true => key.to_owned(),
                false => format!("{key} is {}", found.value),
            };
            Checked::when(met, shown, Some(found.place))
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
