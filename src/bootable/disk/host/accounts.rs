//! The users of a machine in the databases of its root.

use std::path::Path;

use super::home;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::{Root, rewrite};
use crate::bootable::disk::own::OwnUser;
use crate::bootable::disk::parts::{file, text};
use crate::setting::{AccountTexts, HostAccount, HostPerson, NEW_SHELL, add_accounts};

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";
const SHADOW: &str = "/etc/shadow";
const GSHADOW: &str = "/etc/gshadow";
/// The group that may read the shadows, where a root has it.
const READERS: &str = "shadow:";

/// Adds users to the databases, and makes their homes.
pub(super) fn add(users: &[OwnUser], root: &Root) -> Result<(), Error> {
    if users.is_empty() {
        return Ok(());
    }
    let system = &root.system;
    let before = AccountTexts {
        passwd: text(system, PASSWD)?,
        group: text(system, GROUP)?,
        shadow: text(system, SHADOW)?,
        gshadow: text(system, GSHADOW)?,
    };
    let readers = readers(before.group.as_deref().unwrap_or_default());
    let accounts: Vec<HostAccount> = users.iter().map(|user| user.account.clone()).collect();
    let added = add_accounts(before, &accounts);
    let (after, people) = added.map_err(|refusal| Error::Host {
        why: refusal.to_string(),
        hint: "change the user in the document of the host, or the image".to_owned(),
    })?;
    for (path, after, mode, group) in [
        (PASSWD, after.passwd, 0o644, 0),
        (GROUP, after.group, 0o644, 0),
        (SHADOW, after.shadow, 0o640, readers),
        (GSHADOW, after.gshadow, 0o640, readers),
    ] {
        if let Some(after) = after {
            rewrite(system, path, &after, (mode, group))?;
        }
    }
    for (user, person) in users.iter().zip(&people) {
        check_shell(&user.account, person, system)?;
        home::make(&user.account.name, person, &user.keys, root)?;
    }
    Ok(())
}

/// Refuses a shell that the root does not have: nobody could log in.
fn check_shell(account: &HostAccount, person: &HostPerson, system: &Path) -> Result<(), Error> {
    let stated = account.shell.as_deref();
    let shell = stated.or(person.is_new.then_some(NEW_SHELL));
    let Some(shell) = shell else {
        return Ok(());
    };
    match file(system, shell)? {
        Some(_) => Ok(()),
        None => Err(Error::Host {
            why: format!("the image has no {shell}, the shell of {}", account.name),
            hint: "write another `shell`, or install it in the flavour".to_owned(),
        }),
    }
}

/// The number of the group that may read the shadows.
fn readers(group: &str) -> u32 {
    let line = group.lines().find(|line| line.starts_with(READERS));
    let number = line.and_then(|line| line.split(':').nth(2)?.parse().ok());
    number.unwrap_or_default()
}
