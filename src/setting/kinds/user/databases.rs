//! The four databases of accounts, while users are put into them.

use std::collections::BTreeSet;

use super::demand::Demand;
use crate::action::Action;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::Refusal;
use crate::setting::root::database::{Database, free, join, new_group, new_group_shadow};
use crate::setting::root::number::Number;

/// The shell of a new user that states none.
pub const NEW_SHELL: &str = "/bin/bash";

/// Numbers of users that state none and no range.
const PEOPLE: (u32, u32) = (1000, 59_999);

/// The databases of a root.
pub(super) struct Databases {
    pub(super) passwd: Database,
    pub(super) shadow: Database,
    pub(super) group: Database,
    pub(super) gshadow: Database,
}

/// What a user is by now.
pub(super) struct Line {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) comment: String,
    pub(super) home: String,
    pub(super) shell: String,
}

/// The line of a user of whom nothing but the numbers is stated.
fn new_user(name: &str, uid: u32, gid: u32) -> Vec<String> {
    let (uid, gid) = (uid.to_string(), gid.to_string());
    let home = format!("/home/{name}");
    let fields = [name, "x", &uid, &gid, "", &home, NEW_SHELL];
    fields.map(str::to_owned).to_vec()
}

impl Databases {
    /// Reads those of a root.
    pub(super) fn read(setting: &str, ground: &mut dyn Ground) -> Result<Self, Refusal> {
        Ok(Self {
            passwd: Database::read(setting, "/etc/passwd", 0o644, ground)?,
            shadow: Database::read(setting, "/etc/shadow", 0o640, ground)?,
            group: Database::read(setting, "/etc/group", 0o644, ground)?,
            gshadow: Database::read(setting, "/etc/gshadow", 0o640, ground)?,
        })
    }

    /// The actions that write those that changed.
    pub(super) fn written(&self) -> Vec<Action> {
        let all = [&self.passwd, &self.group, &self.shadow, &self.gshadow];
        all.into_iter().filter_map(Database::written).collect()
    }

    /// Puts a user in, or changes what is demanded of one.
    pub(super) fn user(&mut self, name: &str, demand: &Demand) -> Result<Line, Refusal> {
        let is_new = self.passwd.get(name).is_none();
        let uid = self.uid(name, demand)?;
        let gid = self.gid(name, uid, demand)?;
        let fields = self.passwd.entry(name, || new_user(name, uid, gid));
        let stated = [(4, &demand.comment), (5, &demand.home), (6, &demand.shell)];
        for (index, value) in stated {
            if let (Some(field), Some(value)) = (fields.get_mut(index), value) {
                field.clone_from(value);
            }
        }
        let field = |index: usize| fields.get(index).cloned().unwrap_or_default();
        let (comment, home, shell) = (field(4), field(5), field(6));
        if self.shadow.is_there() || is_new {
            self.lock(name, demand.locked);
        }
        for group in &demand.groups {
            self.join(name, group)?;
        }
        Ok(Line {
            uid,
            gid,
            comment,
            home,
            shell,
        })
    }

    /// Sets the hash of a password.
    pub(super) fn password(&mut self, name: &str, hash: &str) {
        if let Some(field) = self.shadow.entry(name, || new_password(name)).get_mut(1) {
            hash.clone_into(field);
        }
        // Programs look into the shadow only where the field says so (passwd(5)).
        if let Some(field) = self.passwd.entry(name, Vec::new).get_mut(1) {
            "x".clone_into(field);
        }
    }

    fn uid(&self, name: &str, demand: &Demand) -> Result<u32, Refusal> {
        let number = Number {
            kind: Kind::USER,
            attribute: "uid",
            name,
            stated: demand.uid,
            range: demand.range.unwrap_or(PEOPLE),
        };
        // A group of that number would not be the user's own.
        let others = match demand.group {
            None => self.group.numbers(),
            Some(_) => BTreeSet::new(),
        };
        number.choose(&self.passwd, &others)
    }

    fn gid(&mut self, name: &str, uid: u32, demand: &Demand) -> Result<u32, Refusal> {
        if let Some(group) = &demand.group {
            let number = self.group.number(group);
            let number = number.ok_or_else(|| no_group(name, "group", group))?;
            let stated = number.to_string();
            if let Some(fields) = self.passwd.get(name)
                && fields.get(3) != Some(&stated)
            {
                let fields = self.passwd.entry(name, Vec::new);
                if let Some(field) = fields.get_mut(3) {
                    *field = stated;
                }
            }
            return Ok(number);
        }
        let held = self.passwd.get(name);
        if let Some(gid) = held.and_then(|fields| fields.get(3)?.parse().ok()) {
            return Ok(gid);
        }
        if let Some(gid) = self.group.number(name) {
            return Ok(gid);
        }
        let gid = match self.group.holder(uid) {
            None => uid,
            Some(_) => free(PEOPLE, &self.group.numbers()).unwrap_or(uid),
        };
        self.group.entry(name, || new_group(name, gid));
        if self.gshadow.is_there() {
            self.gshadow.entry(name, || new_group_shadow(name));
        }
        Ok(gid)
    }

    /// Locks or opens the password; a new user has none that opens.
    fn lock(&mut self, name: &str, locked: Option<bool>) {
        let fields = self.shadow.entry(name, || new_password(name));
        let Some(field) = fields.get_mut(1) else {
            return;
        };
        let closed = field.starts_with(['!', '*']);
        match locked {
            Some(true) if !closed => field.insert(0, '!'),
            // What was a password before it was locked is one again.
            Some(false) if field.starts_with("!$") => {
                field.remove(0);
            }
            _ => {}
        }
    }

    fn join(&mut self, name: &str, group: &str) -> Result<(), Refusal> {
        if self.group.get(group).is_none() {
            return Err(no_group(name, "groups", group));
        }
        join(self.group.entry(group, Vec::new), name);
        if self.gshadow.get(group).is_some() {
            join(self.gshadow.entry(group, Vec::new), name);
        }
        Ok(())
    }
}

/// The line of a user without a password that opens. The day of the last change is left empty, because it
/// would differ from build to build.
fn new_password(name: &str) -> Vec<String> {
    let fields = [name, "!*", "", "0", "99999", "7", "", "", ""];
    fields.map(str::to_owned).to_vec()
}

fn no_group(name: &str, part: &str, group: &str) -> Refusal {
    Refusal::Root {
        setting: Kind::USER.key(&format!("{name}/{part}")),
        reason: format!("there is no group {group} in the image"),
        hint: format!(
            "declare it: group: {{ {group}: {{}} }}, or install what brings it in an earlier entry"
        ),
    }
}
