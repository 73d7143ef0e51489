//! The ids of users and groups, by the databases of the root.

use crate::action::{Id, Owner, User};
use crate::engine::account::{Account, GROUPS, USERS, Unknown};
use crate::tree::InRoot;

use crate::engine::helper::error::TaskError;

/// The numbers of a user and a group of the root.
pub(super) fn ids(root: &mut InRoot, owner: &Owner) -> Result<(u32, u32), TaskError> {
    let uid = id(root, &owner.user, USERS)?;
    let gid = match id(root, &owner.group, GROUPS) {
        Err(_) if owner.group == owner.user => account(root, Some(&owner.user.alone()))?.ids.1,
        other => other?,
    };
    Ok((uid, gid))
}

fn id(root: &mut InRoot, id: &Id, database: &str) -> Result<u32, TaskError> {
    let name = match id {
        Id::Number(number) => return Ok(*number),
        Id::Name(name) => name,
    };
    let text = root.read(database)?.unwrap_or_default();
    let found = String::from_utf8_lossy(&text).lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    });
    found.ok_or_else(|| unknown(name, database))
}

/// Who runs a command, by the databases of the root.
pub(super) fn account(root: &mut InRoot, user: Option<&User>) -> Result<Account, TaskError> {
    const ROOT: User = User {
        name: Id::Number(0),
        group: Some(Id::Number(0)),
    };
    let mut text = |database| -> Result<String, TaskError> {
        let bytes = root.read(database)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (passwd, group) = (text(USERS)?, text(GROUPS)?);
    Account::of(user.unwrap_or(&ROOT), &passwd, &group)
        .map_err(|Unknown { name, database }| unknown(&name, database))
}

pub(super) fn unknown(name: &str, database: &str) -> TaskError {
    let message = format!("{name:?} is not in {database} of the root");
    TaskError::Message(message, Some("create it in an entry before".to_owned()))
}
