//! The users and groups of a namespace: which ids of the machine stand for them.
//!
//! See user_namespaces(7), subuid(5) and newuidmap(1).

use std::fs;
use std::time::Duration;

use rustix::process::{getegid, geteuid};

use super::{Error, Isolation};
use crate::process::{self, Program};

/// How many ids a namespace has.
const COUNT: u32 = 65_536;
/// How long newuidmap may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Which ids of the machine stand for those of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// The same numbers, below 65536; only root can do it.
    Identity,
    /// The user for root, and subordinate ids for everybody else.
    Subordinate {
        /// First and number of the user ids.
        users: (u32, u32),
        /// First and number of the group ids.
        groups: (u32, u32),
    },
    /// The user for root, and nobody else.
    Single,
}

impl Mapping {
    /// The mapping that an isolation needs on this machine, for the user who runs terroir.
    pub fn of(isolation: Isolation) -> Result<Self, Error> {
        if isolation == Isolation::SingleId {
            return Ok(Self::Single);
        }
        if geteuid().is_root() {
            return Ok(Self::Identity);
        }
        Ok(Self::Subordinate {
            users: range("/etc/subuid")?,
            groups: range("/etc/subgid")?,
        })
    }

    /// Gives a process that has just entered its user namespace its ids.
    pub(super) fn apply(&self, process: u32) -> Result<(), Error> {
        match self {
            Self::Identity => {
                let map = format!("0 0 {COUNT}\n");
                write(process, "uid_map", &map)?;
                write(process, "gid_map", &map)
            }
            Self::Single => {
                write(process, "setgroups", "deny")?;
                write(process, "uid_map", &format!("0 {} 1\n", geteuid().as_raw()))?;
                write(process, "gid_map", &format!("0 {} 1\n", getegid().as_raw()))
            }
            Self::Subordinate { users, groups } => {
                let own = [geteuid().as_raw(), getegid().as_raw()];
                tool("newuidmap", process, own[0], *users)?;
                tool("newgidmap", process, own[1], *groups)
            }
        }
    }
}

/// What keeps the user from having subordinate ids; none when nothing does, or for root.
#[must_use]
pub fn missing_ids() -> Option<String> {
    Mapping::of(Isolation::Namespaces)
        .err()
        .map(|error| error.to_string())
}

fn write(process: u32, file: &str, text: &str) -> Result<(), Error> {
    let path = format!("/proc/{process}/{file}");
    fs::write(&path, text).map_err(Error::io(format!("writing {path}")))
}

fn tool(name: &str, process: u32, own: u32, (first, count): (u32, u32)) -> Result<(), Error> {
    let words = [
        process.to_string(),
        "0".to_owned(),
        own.to_string(),
        "1".to_owned(),
        "1".to_owned(),
        first.to_string(),
        count.min(COUNT - 1).to_string(),
    ];
    let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    let unusable = |why: String| Error::Ids { user: user(), why };
    let output = process::run(&Program {
        name,
        arguments: &arguments,
        input: &[],
        search: None,
        limit: LIMIT,
    })
    .map_err(|error| unusable(error.to_string()))?;
    match output.code {
        Some(0) => Ok(()),
        _ => Err(unusable(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
    }
}

/// The first range of ids that a file grants to the user, by name or by number.
fn range(file: &str) -> Result<(u32, u32), Error> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let own = [user(), geteuid().as_raw().to_string()];
    granted(&text, &own).ok_or_else(|| Error::Ids {
        user: user(),
        why: format!("{file} grants none"),
    })
}

fn granted(text: &str, names: &[String]) -> Option<(u32, u32)> {
    text.lines().find_map(|line| {
        let mut fields = line.trim().split(':');
        let name = fields.next()?;
        let first = fields.next()?.parse().ok()?;
        let count = fields.next()?.parse().ok()?;
        (count > 0 && names.iter().any(|own| own == name)).then_some((first, count))
    })
}

/// The name of the user, by the machine's own database.
fn user() -> String {
    let id = geteuid().as_raw().to_string();
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(id.as_str())).then(|| name.to_owned())
    });
    name.unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::granted;

    #[test]
    fn the_first_range_of_the_user_counts() {
        let text = "other:1:2\nme:100000:65536\nme:5:5\n1001:7:8\nbroken:x:1\nnone:3:0\n";
        let names = |name: &str| vec![name.to_owned()];
        let cases = [
            ("me", Some((100_000, 65_536))),
            ("1001", Some((7, 8))),
            ("nobody", None),
            ("broken", None),
            ("none", None),
        ];
        for (name, expected) in cases {
            assert_eq!(granted(text, &names(name)), expected, "{name}");
        }
    }
}
