//! Accounts that a run made, under the ids that they had before.

use std::io;
use std::path::Path;

use super::inside::Trouble;
use crate::package::{Accounts, Renumbering};
use crate::tree::{Ownership, renumber};

/// Gives accounts that a run made the wanted ids: in the databases of the root, and on all files of
/// `changed`, which holds the run's changes. `below` is the root as it was.
pub(super) fn give_back(
    wanted: &Accounts,
    changed: &Path,
    below: &Path,
    ownership: Ownership,
) -> Result<(), Trouble> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (was, now) = (read(below, below)?, read(changed, below)?);
    let change = Renumbering::find(wanted, &was, &now);
    if change.is_empty() {
        return Ok(());
    }
    renumber(changed, ownership, &change.users, &change.groups)?;
    let passwd = |text: &str| change.passwd(text);
    let group = |text: &str| change.group(text);
    let databases: [(&str, &dyn Fn(&str) -> String); 2] =
        [("etc/passwd", &passwd), ("etc/group", &group)];
    for (name, rewritten) in databases {
        let path = changed.join(name);
        if let Some(text) = text(&path)? {
            std::fs::write(&path, rewritten(&text))?;
        }
    }
    Ok(())
}

/// The accounts of a root whose files are in one folder, or else in another.
fn read(first: &Path, second: &Path) -> Result<Accounts, Trouble> {
    let database = |name: &str| -> Result<String, Trouble> {
        match text(&first.join(name))? {
            Some(text) => Ok(text),
            None => Ok(text(&second.join(name))?.unwrap_or_default()),
        }
    };
    Ok(Accounts::read(
        &database("etc/passwd")?,
        &database("etc/group")?,
    ))
}

/// The text of a regular file; none when there is none, or a link.
fn text(path: &Path) -> Result<Option<String>, io::Error> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            let bytes = std::fs::read(path)?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
