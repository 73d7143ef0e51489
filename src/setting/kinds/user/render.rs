//! The lines, folders and keys that make users.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::databases::{Databases, Line};
use super::declare::EVERYONE;
use super::demand::{Demand, demands};
use super::everyone::{is_person, is_system_login};
use crate::action::{Action, Content, Id, Owner};
use crate::path::TreePath;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::Refusal;
use crate::setting::root::rewrite::Held;

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

/// The databases of a root while users are put into it, and what else makes them.
struct Accounts {
    databases: Databases,
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
        databases: Databases::read(&setting, ground)?,
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
    let mut actions = accounts.databases.written();
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
        let Line {
            uid,
            gid,
            comment,
            home,
            shell,
        } = self.databases.user(name, demand)?;
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
        for fields in self.databases.passwd.entries_mut() {
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
            for fields in self.databases.shadow.entries_mut() {
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
