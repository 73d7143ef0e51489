//! Users and groups of a finished root (passwd(5), group(5), shadow(5)).

use std::collections::BTreeMap;

use crate::setting::contract::check::Unexamined;
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

/// One line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
    /// The line of the file, counted from 0.
    pub line: usize,
}

/// One line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub name: String,
    pub gid: u32,
    pub members: Vec<String>,
    /// The line of the file, counted from 0.
    pub line: usize,
}

/// The accounts of a root.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    pub users: Vec<User>,
    pub groups: Vec<Group>,
}

impl Accounts {
    /// Reads both databases; a root without them has no accounts.
    pub(crate) fn read(root: &Snapshot) -> Result<Self, Unexamined> {
        let passwd = root.text(&constant("/etc/passwd"))?.unwrap_or_default();
        let group = root.text(&constant("/etc/group"))?.unwrap_or_default();
        Ok(Self {
            users: passwd
                .lines()
                .enumerate()
                .filter_map(|(line, text)| user(line, text))
                .collect(),
            groups: group
                .lines()
                .enumerate()
                .filter_map(|(line, text)| super::accounts::group(line, text))
                .collect(),
        })
    }

    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    pub(in crate::setting) fn uid(&self, name: &str) -> Option<u32> {
        self.user(name).map(|user| user.uid)
    }

    pub(in crate::setting) fn gid(&self, name: &str) -> Option<u32> {
        self.group(name).map(|group| group.gid)
    }

    /// `user:group`, by names where they are known.
    pub(crate) fn owner(&self, uid: u32, gid: u32) -> String {
        let user = self.users.iter().find(|user| user.uid == uid);
        let group = self.groups.iter().find(|group| group.gid == gid);
        let user = user.map_or_else(|| uid.to_string(), |user| user.name.clone());
        let group = group.map_or_else(|| gid.to_string(), |group| group.name.clone());
        format!("{user}:{group}")
    }

    /// The password fields of `/etc/shadow`, by user.
    pub(in crate::setting) fn passwords(
        root: &Snapshot,
    ) -> Result<BTreeMap<String, String>, Unexamined> {
        let shadow = root.text(&constant("/etc/shadow"))?.unwrap_or_default();
        let fields = shadow.lines().filter_map(|line| {
            let mut fields = line.split(':');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        });
        Ok(fields.collect())
    }
}

fn user(line: usize, text: &str) -> Option<User> {
    let fields: Vec<&str> = text.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields.as_slice() else {
        return None;
    };
    Some(User {
        name: (*name).to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: (*home).to_owned(),
        shell: (*shell).to_owned(),
        line,
    })
}

fn group(line: usize, text: &str) -> Option<Group> {
    let fields: Vec<&str> = text.split(':').collect();
    let [name, _, gid, members] = fields.as_slice() else {
        return None;
    };
    let members = members.split(',').filter(|member| !member.is_empty());
    Some(Group {
        name: (*name).to_owned(),
        gid: gid.parse().ok()?,
        members: members.map(str::to_owned).collect(),
        line,
    })
}
