//! Whether a user of a finished root is as demanded.

use std::collections::BTreeSet;

use serde_json::Value;

use super::declare::EVERYONE;
use super::everyone;
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::place::constant;
use crate::setting::root::accounts::{Accounts, User};
use crate::setting::root::database::attribute;
use crate::tree::Snapshot;

/// Looks at the user's lines, folder and keys.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let (user, part) = attribute(name);
    if user == EVERYONE {
        let most = match part {
            "home-mode" => {
                let mode: String = examined(Kind::USER, name, value)?;
                u32::from_str_radix(&mode, 8).ok()
            }
            _ => None,
        };
        return everyone::check(part, most, root);
    }
    let accounts = Accounts::read(root)?;
    let path = constant("/etc/passwd");
    let Some(own) = accounts.user(user) else {
        return Ok(Checked::unmet(format!("there is no user {user}"), None));
    };
    let place = Some(Place::line(&path, own.line));
    let text = |found: &str| -> Result<Checked, Unexamined> {
        let demanded: String = examined(Kind::USER, name, value)?;
        Ok(Checked::when(
            found == demanded,
            format!("its {part} is {found}"),
            place.clone(),
        ))
    };
    match part {
        "uid" => {
            let uid: u32 = examined(Kind::USER, name, value)?;
            Ok(Checked::when(
                own.uid == uid,
                format!("its number is {}", own.uid),
                place,
            ))
        }
        "group" => {
            let group = accounts.groups.iter().find(|group| group.gid == own.gid);
            text(group.map_or("none", |group| group.name.as_str()))
        }
        "groups" => {
            let demanded: BTreeSet<String> = examined(Kind::USER, name, value)?;
            Ok(groups(&accounts, own, demanded))
        }
        "home" => text(&own.home),
        "shell" => text(&own.shell),
        "locked" => {
            let wanted: bool = examined(Kind::USER, name, value)?;
            locked(user, wanted, root)
        }
        "authorized-keys" => {
            let demanded: Vec<String> = examined(Kind::USER, name, value)?;
            keys(own, &demanded, root)
        }
        "comment" => comment(own, value, name, root),
        _ => Ok(Checked::met(format!("its number is {}", own.uid), place)),
    }
}

fn groups(accounts: &Accounts, own: &User, demanded: BTreeSet<String>) -> Checked {
    let joined = |group: &String| {
        let group = accounts.group(group);
        group.is_some_and(|group| group.members.contains(&own.name) || group.gid == own.gid)
    };
    let missing = demanded.into_iter().filter(|group| !joined(group));
    let missing: Vec<String> = missing.collect();
    let place = Some(Place::line(&constant("/etc/passwd"), own.line));
    match missing.is_empty() {
        true => Checked::met("it is in all these groups", place),
        false => Checked::unmet(format!("it is not in {}", missing.join(", ")), place),
    }
}

fn comment(own: &User, value: &Value, name: &str, root: &Snapshot) -> Result<Checked, Unexamined> {
    let demanded: String = examined(Kind::USER, name, value)?;
    let path = constant("/etc/passwd");
    let text = root.text(&path)?.unwrap_or_default();
    let line = text.lines().nth(own.line).unwrap_or_default();
    let found = line.split(':').nth(4).unwrap_or_default();
    let place = Some(Place::line(&path, own.line));
    Ok(Checked::when(
        found == demanded,
        format!("its comment is {found}"),
        place,
    ))
}

fn locked(user: &str, wanted: bool, root: &Snapshot) -> Result<Checked, Unexamined> {
    let passwords = Accounts::passwords(root)?;
    let place = Some(Place::file(&constant("/etc/shadow")));
    Ok(match passwords.get(user).map(String::as_str) {
        None => Checked::unmet("it has no line in /etc/shadow", place),
        Some("") => Checked::unmet("its password is empty", place),
        Some(field) => {
            let closed = field.starts_with(['!', '*']);
            let found = match closed {
                true => "no password opens it",
                false => "it has a password",
            };
            // Whether somebody gives it a password later is not for an image to say.
            Checked::when(closed || !wanted, found, place)
        }
    })
}

fn keys(own: &User, demanded: &[String], root: &Snapshot) -> Result<Checked, Unexamined> {
    let found = TreePath::parse(&format!("{}/.ssh/authorized_keys", own.home));
    let Some((path, node)) = found.ok().and_then(|path| root.followed(&path)) else {
        return Ok(Checked::when(
            demanded.is_empty(),
            "it has no authorized_keys",
            None,
        ));
    };
    let place = Some(Place::file(&path));
    if node.mode & 0o177 != 0 || node.uid != own.uid {
        let found = format!("mode {:04o}, owner {}", node.mode, node.uid);
        return Ok(Checked::unmet(found, place));
    }
    let text = root.text(&path)?.unwrap_or_default();
    let lines = text.lines().map(str::trim);
    let there: BTreeSet<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let demanded: BTreeSet<&str> = demanded.iter().map(String::as_str).collect();
    let other = there.symmetric_difference(&demanded).count();
    Ok(Checked::when(
        other == 0,
        format!("{} keys open it, {other} other than demanded", there.len()),
        place,
    ))
}

/// The databases; of a user the folder, which may be anywhere.
pub(in crate::setting) fn reads(name: &str) -> Vec<Reads> {
    let (_, part) = attribute(name);
    match part {
        "home-mode" | "own-homes" | "authorized-keys" => vec![Reads::Everything],
        _ => vec![
            Reads::at("/etc/passwd"),
            Reads::at("/etc/shadow"),
            Reads::at("/etc/group"),
        ],
    }
}
