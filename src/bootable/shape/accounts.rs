//! Accounts with fixed numbers, for machines whose passwd and group were made by an earlier image
//! (sysusers.d(5)).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::error::ShapeError;
use crate::bootable::declared::{Account, accounts as accounts_of};

/// An account of passwd(5).
struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    comment: &'a str,
    home: &'a str,
    shell: &'a str,
}

/// A group of group(5).
struct Group<'a> {
    name: &'a str,
    gid: u32,
    members: Vec<&'a str>,
}

/// The text of a sysusers.d file with every account that the others do not state with its numbers.
pub(super) fn accounts(passwd: &str, group: &str, others: &[String]) -> Result<String, ShapeError> {
    let users = users(passwd)?;
    let groups = groups(group)?;
    let stated = Stated::of(others);
    let numbers: BTreeMap<&str, u32> = groups.iter().map(|group| (group.name, group.gid)).collect();
    let mut out = String::new();
    for group in &groups {
        let own = users
            .iter()
            .any(|user| user.name == group.name && user.gid == group.gid);
        if !own && stated.groups.get(group.name) != Some(&group.gid) {
            let _ = writeln!(out, "g {} {} -", group.name, group.gid);
        }
    }
    for user in &users {
        let id = match numbers.get(user.name) {
            Some(gid) if *gid == user.gid && user.uid == user.gid => user.uid.to_string(),
            _ => format!("{}:{}", user.uid, user.gid),
        };
        if stated
            .users
            .get(user.name)
            .is_some_and(|known| *known == id)
        {
            continue;
        }
        if numbers.get(user.name) == Some(&user.gid) && user.uid != user.gid {
            let _ = writeln!(out, "g {} {} -", user.name, user.gid);
        }
        let _ = writeln!(
            out,
            "u {} {id} \"{}\" {} {}",
            user.name,
            comment(user.comment),
            or_dash(user.home),
            or_dash(user.shell)
        );
    }
    for group in &groups {
        for member in &group.members {
            let _ = writeln!(out, "m {member} {}", group.name);
        }
    }
    Ok(out)
}

/// What other files of sysusers.d state with numbers.
#[derive(Default)]
struct Stated {
    users: BTreeMap<String, String>,
    groups: BTreeMap<String, u32>,
}

impl Stated {
    fn of(texts: &[String]) -> Self {
        let mut stated = Self::default();
        let declared = texts.iter().flat_map(|text| accounts_of(text));
        for account in declared.flatten() {
            let Account { is_user, name, ids } = account;
            if let Ok(gid) = ids.parse() {
                stated.groups.entry(name.clone()).or_insert(gid);
            }
            if is_user && ids.starts_with(|first: char| first.is_ascii_digit()) {
                stated.users.entry(name).or_insert(ids);
            }
        }
        stated
    }
}

fn users(text: &str) -> Result<Vec<User<'_>>, ShapeError> {
    lines(text)
        .map(|(number, line)| {
            let fields: Vec<&str> = line.split(':').collect();
            let refuse = |why: &str| ShapeError::Account {
                path: "/etc/passwd",
                line: number,
                why: why.to_owned(),
            };
            match fields.as_slice() {
                [name, _, uid, gid, comment, home, shell] => Ok(User {
                    name,
                    uid: uid
                        .parse()
                        .map_err(|_| refuse("its user id is no number"))?,
                    gid: gid
                        .parse()
                        .map_err(|_| refuse("its group id is no number"))?,
                    comment,
                    home,
                    shell,
                }),
                _ => Err(refuse("it has not seven fields")),
            }
        })
        .collect()
}

fn groups(text: &str) -> Result<Vec<Group<'_>>, ShapeError> {
    lines(text)
        .map(|(number, line)| {
            let fields: Vec<&str> = line.split(':').collect();
            let refuse = |why: &str| ShapeError::Account {
                path: "/etc/group",
                line: number,
                why: why.to_owned(),
            };
            match fields.as_slice() {
                [name, _, gid, members] => Ok(Group {
                    name,
                    gid: gid
                        .parse()
                        .map_err(|_| refuse("its group id is no number"))?,
                    members: members.split(',').filter(|name| !name.is_empty()).collect(),
                }),
                _ => Err(refuse("it has not four fields")),
            }
        })
        .collect()
}

/// Lines with their numbers, without empty ones and those of NIS.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line));
    numbered.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with(['+', '-', '#']))
}

/// A comment as sysusers.d takes it: without quotes and specifiers.
fn comment(text: &str) -> String {
    text.replace('"', "'").replace('\\', "/").replace('%', "%%")
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
