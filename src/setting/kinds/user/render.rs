//! The lines, folders and keys that make users.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::declare::EVERYONE;
use super::demand::{Demand, demands};
use super::everyone::{is_person, is_system_login};
use crate::action::{Action, Content, Id, Owner};
use crate::path::TreePath;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::Refusal;
use crate::setting::root::database::{Database, free, join, new_group, new_group_shadow};
use crate::setting::root::number::Number;
use crate::setting::root::rewrite::Held;

/// Numbers of users that state none and no range.
const PEOPLE: (u32, u32) = (1000, 59_999);

const SYSUSERS: &str = "/usr/lib/sysusers.d/terroir-users.conf";
const TMPFILES: &str = "/usr/lib/tmpfiles.d/terroir-homes.conf";
pub(super) const NO_SHELL: &str = "/usr/sbin/nologin";

/// A user whose line stands.
struct Person<'a> {
    name: &'a str,
    home: &'a str,
    uid: u32,
    gid: u32,
}

impl Person<'_> {
    fn owner(&self) -> Owner {
        Owner {
            user: Id::Number(self.uid),
            group: Id::Number(self.gid),
        }
    }
}

/// The line of a user of whom nothing but the numbers is stated.
fn new_user(name: &str, uid: u32, gid: u32) -> Vec<String> {
    let (uid, gid) = (uid.to_string(), gid.to_string());
    let home = format!("/home/{name}");
    let fields = [name, "x", &uid, &gid, "", &home, "/bin/bash"];
    fields.map(str::to_owned).to_vec()
}

/// The databases of a root while users are put into it.
struct Accounts {
    passwd: Database,
    shadow: Database,
    group: Database,
    gshadow: Database,
    actions: Vec<Action>,
    sysusers: String,
    tmpfiles: String,
}

/// Writes the databases, the homes and keys of the users that are named, and what systemd makes
/// where `/etc` and `/home` are the machine's own. Skeletons (`/etc/skel`) are copied at boot by
/// systemd-tmpfiles, file by file, and only where there is none yet.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let demands = demands(all)?;
    let setting = all.keys().next().map(|name| Kind::USER.key(name));
    let setting = setting.unwrap_or_default();
    let header = "# Written by terroir from the settings of this image.\n";
    let mut accounts = Accounts {
        passwd: Database::read(&setting, "/etc/passwd", 0o644, ground)?,
        shadow: Database::read(&setting, "/etc/shadow", 0o640, ground)?,
        group: Database::read(&setting, "/etc/group", 0o644, ground)?,
        gshadow: Database::read(&setting, "/etc/gshadow", 0o640, ground)?,
        actions: Vec::new(),
        sysusers: header.to_owned(),
        tmpfiles: header.to_owned(),
    };
    for (name, demand) in demands.iter().filter(|(name, _)| **name != EVERYONE) {
        accounts.user(name, demand, ground)?;
    }
    if let Some(rules) = demands.get(EVERYONE) {
        accounts.everyone(rules, ground)?;
    }
    let mut actions: Vec<Action> = [
        accounts.passwd.written(),
        accounts.group.written(),
        accounts.shadow.written(),
        accounts.gshadow.written(),
    ]
    .into_iter()
    .flatten()
    .collect();
    actions.append(&mut accounts.actions);
    for (path, text) in [(SYSUSERS, accounts.sysusers), (TMPFILES, accounts.tmpfiles)] {
        let file = Held::read(&setting, path, 0o644, ground)?;
        if file.text.is_some() || text != header {
            actions.extend(file.with(&text));
        }
    }
    Ok(actions)
}

impl Accounts {
    fn user(
        &mut self,
        name: &str,
        demand: &Demand,
        ground: &mut dyn Ground,
    ) -> Result<(), Refusal> {
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
            self.password(name, demand.locked);
        }
        for group in &demand.groups {
            self.join(name, group)?;
        }
        if name != "root" {
            let _ = writeln!(
                self.sysusers,
                "u {name} {uid}:{gid} \"{}\" {home} {shell}",
                comment.replace('"', "'")
            );
            for group in &demand.groups {
                let _ = writeln!(self.sysusers, "m {name} {group}");
            }
        }
        let person = Person {
            name,
            home: &home,
            uid,
            gid,
        };
        // The homes of accounts of the system are their packages' own.
        if name != "root" && (demand.home.is_some() || home.starts_with("/home/")) {
            self.home(&person, ground)?;
        }
        if let Some(keys) = &demand.keys {
            self.keys(&person, keys)?;
        }
        Ok(())
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

    /// Locks or opens the password; a new user has none that opens. The day of the last change is
    /// left empty, because it would differ from build to build.
    fn password(&mut self, name: &str, locked: Option<bool>) {
        let new = || {
            let fields = [name, "!*", "", "0", "99999", "7", "", "", ""];
            fields.map(str::to_owned).to_vec()
        };
        let fields = self.shadow.entry(name, new);
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

    fn home(&mut self, person: &Person<'_>, ground: &mut dyn Ground) -> Result<(), Refusal> {
        let Person { home, uid, gid, .. } = person;
        let path = place(person.name, home)?;
        let _ = writeln!(self.tmpfiles, "d {home} 0700 {uid} {gid} -");
        for file in [".profile", ".bashrc", ".bash_logout"] {
            let _ = writeln!(
                self.tmpfiles,
                "C {home}/{file} - {uid} {gid} - /etc/skel/{file}"
            );
        }
        if !ground.directory(&path) {
            self.actions.push(Action::Directory {
                path,
                mode: Some(0o700),
                owner: Some(person.owner()),
            });
        }
        Ok(())
    }

    fn keys(&mut self, person: &Person<'_>, keys: &[String]) -> Result<(), Refusal> {
        let folder = format!("{}/.ssh", person.home);
        let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
        self.actions.push(Action::Directory {
            path: place(person.name, &folder)?,
            mode: Some(0o700),
            owner: Some(person.owner()),
        });
        self.actions.push(Action::Write {
            path: place(person.name, &format!("{folder}/authorized_keys"))?,
            content: Content::Text(text.into()),
            mode: 0o600,
            owner: person.owner(),
        });
        Ok(())
    }

    /// What can be mended for all users; numbers that are there twice are not for a program to
    /// change, since files belong to them.
    fn everyone(&mut self, rules: &Demand, ground: &mut dyn Ground) -> Result<(), Refusal> {
        let mut homes = BTreeSet::new();
        for fields in self.passwd.entries_mut() {
            let uid = fields
                .get(2)
                .and_then(|uid| uid.parse().ok())
                .unwrap_or(u32::MAX);
            let name = fields.first().cloned().unwrap_or_default();
            let shell = fields.get(6).cloned().unwrap_or_default();
            if is_person(uid, &shell) {
                homes.extend(fields.get(5).cloned().map(|home| (name.clone(), home)));
            }
            if let Some(field) = fields.get_mut(6)
                && rules.without_shell
                && is_system_login(&name, uid, &shell)
            {
                NO_SHELL.clone_into(field);
            }
        }
        for (name, home) in homes {
            let path = place(&name, &home)?;
            let bits = ground.bits(&path).ok().flatten();
            if let (Some(bits), Some(most)) = (bits, rules.home_mode)
                && bits.mode & !most != 0
            {
                self.actions.push(Action::Mode {
                    path,
                    mode: Some(bits.mode & most),
                    owner: None,
                });
            }
        }
        if rules.shadowed {
            for fields in self.shadow.entries_mut() {
                if let Some(field) = fields.get_mut(1).filter(|field| field.is_empty()) {
                    "!".clone_into(field);
                }
            }
        }
        Ok(())
    }
}

fn place(name: &str, path: &str) -> Result<TreePath, Refusal> {
    TreePath::parse(path).map_err(|error| Refusal::Value {
        setting: Kind::USER.key(&format!("{name}/home")),
        reason: error.to_string(),
    })
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
