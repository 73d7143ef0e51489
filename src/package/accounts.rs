//! Numeric ids of accounts: those that a step made, and the ids that they had before.
//!
//! Packages take the next free number when they make a user or group (adduser(8), sysusers.d(5)).
//! Files of an image that machines keep below `/var` belong to numbers, so a number that moves from
//! one rebuild to the next gives them to somebody else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// The numeric ids of users and groups by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accounts {
    /// Users, as passwd(5) has them.
    #[serde(default)]
    pub users: BTreeMap<String, u32>,
    /// Groups, as group(5) has them.
    #[serde(default)]
    pub groups: BTreeMap<String, u32>,
}

/// An account whose id is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// `user` or `group`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The id that it had.
    pub was: u32,
    /// The id that it has.
    pub is: u32,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            name,
            was,
            is,
        } = self;
        write!(f, "the {kind} {name} had the id {was}, and has {is} now")
    }
}

impl Accounts {
    /// Reads the text of `/etc/passwd` and `/etc/group`; lines without a name and a number are passed
    /// over, and of a name that stands twice the first counts, as for getpwnam(3).
    #[must_use]
    pub fn read(passwd: &str, group: &str) -> Self {
        Self {
            users: ids(passwd),
            groups: ids(group),
        }
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }

    /// How many users and groups there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.users.len() + self.groups.len()
    }

    /// Those that are not among others.
    #[must_use]
    pub fn beyond(&self, below: &Self) -> Self {
        Self {
            users: beyond(&self.users, &below.users),
            groups: beyond(&self.groups, &below.groups),
        }
    }

    /// Those that have another id than they should.
    #[must_use]
    pub fn moved_from(&self, wanted: &Self) -> Vec<Moved> {
        let mut found = moved("user", &wanted.users, &self.users);
        found.extend(moved("group", &wanted.groups, &self.groups));
        found
    }
}

/// New ids for accounts that a step made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renumbering {
    /// Users, from the id that they have to the one that they get.
    pub users: BTreeMap<u32, u32>,
    /// Groups, the same.
    pub groups: BTreeMap<u32, u32>,
}

impl Renumbering {
    /// Finds new ids for what a step made over `below`, so that accounts have the wanted ids; what is
    /// in their way and new too takes an id that they leave. What cannot be given back stays as it is.
    #[must_use]
    pub fn find(wanted: &Accounts, below: &Accounts, now: &Accounts) -> Self {
        Self {
            users: exchange(&wanted.users, &below.users, &now.users),
            groups: exchange(&wanted.groups, &below.groups, &now.groups),
        }
    }

    /// Tells whether every account has its id already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }

    /// The text of `/etc/passwd` with the new ids.
    #[must_use]
    pub fn passwd(&self, text: &str) -> String {
        rewrite(text, &[(2, &self.users), (3, &self.groups)])
    }

    /// The text of `/etc/group` with the new ids.
    #[must_use]
    pub fn group(&self, text: &str) -> String {
        rewrite(text, &[(2, &self.groups)])
    }
}

fn ids(text: &str) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        let (name, id) = (fields.next().unwrap_or_default(), fields.nth(1));
        if let Some(id) = id.and_then(|id| id.parse().ok())
            && !name.is_empty()
        {
            found.entry(name.to_owned()).or_insert(id);
        }
    }
    found
}

fn beyond(all: &BTreeMap<String, u32>, below: &BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    let new = all.iter().filter(|(name, _)| !below.contains_key(*name));
    new.map(|(name, id)| (name.clone(), *id)).collect()
}

fn moved(
    kind: &'static str,
    wanted: &BTreeMap<String, u32>,
    now: &BTreeMap<String, u32>,
) -> Vec<Moved> {
    let pairs = wanted.iter().filter_map(|(name, was)| {
        let is = *now.get(name)?;
        (is != *was).then(|| Moved {
            kind,
            name: name.clone(),
            was: *was,
            is,
        })
    });
    pairs.collect()
}

fn exchange(
    wanted: &BTreeMap<String, u32>,
    below: &BTreeMap<String, u32>,
    now: &BTreeMap<String, u32>,
) -> BTreeMap<u32, u32> {
    let fresh = beyond(now, below);
    let taken: BTreeSet<u32> = below.values().copied().collect();
    let mut times: BTreeMap<u32, usize> = BTreeMap::new();
    for id in fresh.values() {
        *times.entry(*id).or_default() += 1;
    }
    let single = |id: &u32| times.get(id) == Some(&1) && !taken.contains(id);
    let mut to: BTreeMap<&String, u32> = BTreeMap::new();
    for (name, id) in &fresh {
        if let Some(target) = wanted.get(name).filter(|target| !taken.contains(*target))
            && single(id)
        {
            to.insert(name, *target);
        }
    }
    let targets: BTreeSet<u32> = to.values().copied().collect();
    let stays = |name: &String| !to.contains_key(name);
    let kept: BTreeSet<u32> = fresh
        .iter()
        .filter(|(name, id)| stays(name) && !targets.contains(*id))
        .map(|(_, id)| *id)
        .collect();
    let free = fresh.values().copied().collect::<BTreeSet<u32>>();
    let mut free = free
        .into_iter()
        .filter(|id| !targets.contains(id) && !kept.contains(id));
    let mut map = BTreeMap::new();
    for (name, id) in &fresh {
        let new = match to.get(name) {
            Some(target) => *target,
            None if targets.contains(id) => free.next().unwrap_or(*id),
            None => *id,
        };
        if new != *id {
            map.insert(*id, new);
        }
    }
    map
}

/// Replaces numbers in fields of colon-separated lines.
fn rewrite(text: &str, fields: &[(usize, &BTreeMap<u32, u32>)]) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        let mut parts: Vec<String> = body.split(':').map(str::to_owned).collect();
        for (position, map) in fields {
            if let Some(part) = parts.get_mut(*position)
                && let Some(new) = part.parse().ok().and_then(|id: u32| map.get(&id))
            {
                *part = new.to_string();
            }
        }
        out.push_str(&parts.join(":"));
        out.push_str(line.get(body.len()..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(pairs: &[(&str, u32)]) -> Accounts {
        let users = pairs.iter().map(|(name, id)| ((*name).to_owned(), *id));
        Accounts {
            users: users.collect(),
            ..Accounts::default()
        }
    }

    #[test]
    fn accounts_get_the_ids_back_that_they_had() {
        /// Names with ids.
        type Named = &'static [(&'static str, u32)];
        // wanted, below, now, what they have after it
        let cases: [(Named, Named, Named, Named); 6] = [
            (&[("a", 100)], &[], &[("a", 100)], &[("a", 100)]),
            (
                &[("a", 100), ("b", 101)],
                &[],
                &[("a", 101), ("b", 100)],
                &[("a", 100), ("b", 101)],
            ),
            // A newcomer took the place.
            (
                &[("a", 100)],
                &[],
                &[("new", 100), ("a", 101)],
                &[("new", 101), ("a", 100)],
            ),
            // A ring of three, and a newcomer that is in nobody's way.
            (
                &[("a", 1), ("b", 2), ("c", 3)],
                &[("root", 0)],
                &[
                    ("root", 0),
                    ("a", 2),
                    ("b", 3),
                    ("c", 4),
                    ("new", 1),
                    ("other", 9),
                ],
                &[
                    ("root", 0),
                    ("a", 1),
                    ("b", 2),
                    ("c", 3),
                    ("new", 4),
                    ("other", 9),
                ],
            ),
            // An id that the root below uses cannot be given.
            (
                &[("a", 100)],
                &[("old", 100)],
                &[("old", 100), ("a", 101)],
                &[("old", 100), ("a", 101)],
            ),
            // What the root below made is not moved.
            (&[("old", 5)], &[("old", 6)], &[("old", 6)], &[("old", 6)]),
        ];
        for (wanted, below, now, expected) in cases {
            let now = users(now);
            let found = Renumbering::find(&users(wanted), &users(below), &now);
            let text: String = now
                .users
                .iter()
                .map(|(name, id)| format!("{name}:x:{id}:7::/:/bin/sh\n"))
                .collect();
            let after = Accounts::read(&found.passwd(&text), "");
            assert_eq!(after, users(expected), "{wanted:?} {now:?}");
        }
    }

    #[test]
    fn databases_keep_everything_but_the_ids() {
        let change = Renumbering {
            users: [(105, 106)].into(),
            groups: [(105, 200), (106, 201)].into(),
        };
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\n_a:x:105:106:A,,:/a:/x\n+::::::\n\nlast:x:7:105::/:";
        assert_eq!(
            change.passwd(passwd),
            "root:x:0:0:root:/root:/bin/bash\n_a:x:106:201:A,,:/a:/x\n+::::::\n\nlast:x:7:200::/:"
        );
        assert_eq!(
            change.group("_a:x:105:b,c\nn:x:9:\n"),
            "_a:x:200:b,c\nn:x:9:\n"
        );
    }
}
