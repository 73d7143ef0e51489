//! Accounts that a run made, under the ids that they had before.

use std::path::Path;

use crate::package::{Accounts, Renumbering};
use crate::path::TreePath;
use crate::tree::{Ownership, renumber, rewrite_below, text_below};

use crate::engine::helper::error::TaskError;

/// Where users are.
const PASSWD: &str = "/etc/passwd";

/// Where groups are.
const GROUP: &str = "/etc/group";

/// Gives accounts that a run made the wanted ids: in the databases of the root, and on all files of
/// `changed`, which holds the run's changes. `below` is the root as it was.
pub(super) fn give_back(
    wanted: &Accounts,
    changed: &Path,
    below: &Path,
    ownership: Ownership,
) -> Result<(), TaskError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (was, now) = (read(below, below)?, read(changed, below)?);
    let change = Renumbering::find(wanted, &was, &now);
    if change.is_empty() {
        return Ok(());
    }
    renumber(changed, ownership, &change.users, &change.groups)?;
    for name in [PASSWD, GROUP] {
        let path = TreePath::parse(name)?;
        if let Some(text) = text_below(changed, &path)? {
            let text = match name {
                PASSWD => change.passwd(&text),
                _ => change.group(&text),
            };
            rewrite_below(changed, &path, &text)?;
        }
    }
    Ok(())
}

/// The accounts of a root whose files are in one folder, or else in another.
fn read(first: &Path, second: &Path) -> Result<Accounts, TaskError> {
    let database = |name: &str| -> Result<String, TaskError> {
        let path = TreePath::parse(name)?;
        match text_below(first, &path)? {
            Some(text) => Ok(text),
            None => Ok(text_below(second, &path)?.unwrap_or_default()),
        }
    };
    Ok(Accounts::read(&database(PASSWD)?, &database(GROUP)?))
}
