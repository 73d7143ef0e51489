//! Rules for all users of a root.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Unexamined};
use crate::setting::input::place::constant;
use crate::setting::root::accounts::{Accounts, User};
use crate::tree::{NodeKind, Snapshot};

/// Accounts of the system that keep a program in the place of a shell.
const KEEP: [&str; 4] = ["root", "sync", "shutdown", "halt"];

/// Programs that let nobody in.
const NO_SHELLS: [&str; 7] = [
    "/usr/sbin/nologin",
    "/sbin/nologin",
    "/bin/false",
    "/usr/bin/false",
    "/bin/sync",
    "/sbin/shutdown",
    "/sbin/halt",
];

/// Whether an account is a person's: a number from 1000 and a login shell.
pub(super) fn is_person(uid: u32, shell: &str) -> bool {
    (1000..65_534).contains(&uid) && opens(shell)
}

/// Whether an account of the system has a login shell.
pub(super) fn is_system_login(name: &str, uid: u32, shell: &str) -> bool {
    (uid < 1000 || uid == 65_534) && !KEEP.contains(&name) && opens(shell)
}

/// An empty field is /bin/sh (passwd(5)).
fn opens(shell: &str) -> bool {
    !NO_SHELLS.contains(&shell)
}

/// The first fault of a rule, by its name.
pub(super) fn check(rule: &str, most: Option<u32>, root: &Snapshot) -> Result<Checked, Unexamined> {
    let accounts = Accounts::read(root)?;
    let place = |user: &User| Place::line(&constant("/etc/passwd"), user.line);
    let fault = match rule {
        "home-mode" => homes(&accounts, root, |_, node| {
            let above = most.is_some_and(|most| node.mode & !most != 0);
            above.then(|| format!("has the mode {:04o}", node.mode))
        }),
        "own-homes" => own_homes(&accounts, root),
        "system-without-shell" => {
            let found = accounts
                .users
                .iter()
                .find(|user| is_system_login(&user.name, user.uid, &user.shell));
            found.map(|user| {
                (
                    format!("{} has the shell {}", user.name, user.shell),
                    place(user),
                )
            })
        }
        "only-root" => {
            let found = accounts.users.iter().find(|user| {
                user.name != "root" && (user.uid == 0 || user.gid == 0 && opens(&user.shell))
            });
            found.map(|user| (format!("{} has a number of root", user.name), place(user)))
        }
        "unique" => unique(&accounts),
        _ => return shadowed(root),
    };
    Ok(match fault {
        Some((found, place)) => Checked::unmet(found, Some(place)),
        None => Checked::met("no account is otherwise", None),
    })
}

type Fault = Option<(String, Place)>;

fn homes(
    accounts: &Accounts,
    root: &Snapshot,
    fault: impl Fn(&User, &crate::tree::Node) -> Option<String>,
) -> Fault {
    let people = accounts
        .users
        .iter()
        .filter(|user| is_person(user.uid, &user.shell));
    people.into_iter().find_map(|user| {
        let path = TreePath::parse(&user.home).ok()?;
        let (real, node) = root.followed(&path)?;
        let found = fault(user, &node)?;
        Some((format!("{} {found}", user.home), Place::file(&real)))
    })
}

fn own_homes(accounts: &Accounts, root: &Snapshot) -> Fault {
    let mut people = accounts
        .users
        .iter()
        .filter(|user| is_person(user.uid, &user.shell));
    let missing = people.find(|user| {
        let path = TreePath::parse(&user.home).ok();
        let found = path.and_then(|path| root.followed(&path));
        found.is_none_or(|(_, node)| node.kind != NodeKind::Directory)
    });
    if let Some(user) = missing {
        let place = Place::line(&constant("/etc/passwd"), user.line);
        return Some((format!("{} has no home at {}", user.name, user.home), place));
    }
    homes(accounts, root, |user, node| {
        (node.uid != user.uid).then(|| format!("belongs to the number {}", node.uid))
    })
}

fn unique(accounts: &Accounts) -> Fault {
    let passwd = constant("/etc/passwd");
    let group = constant("/etc/group");
    let users = accounts.users.iter().flat_map(|user| {
        let place = Place::line(&passwd, user.line);
        [
            (format!("the user {}", user.name), place.clone()),
            (format!("the user number {}", user.uid), place),
        ]
    });
    let groups = accounts.groups.iter().flat_map(|own| {
        let place = Place::line(&group, own.line);
        [
            (format!("the group {}", own.name), place.clone()),
            (format!("the group number {}", own.gid), place),
        ]
    });
    let mut seen = BTreeMap::new();
    for (what, place) in users.chain(groups) {
        if seen.insert(what.clone(), ()).is_some() {
            return Some((format!("{what} is there twice"), place));
        }
    }
    let without = accounts
        .users
        .iter()
        .find(|user| !accounts.groups.iter().any(|group| group.gid == user.gid));
    without.map(|user| {
        let found = format!(
            "the group number {} of {} belongs to no group",
            user.gid, user.name
        );
        (found, Place::line(&passwd, user.line))
    })
}

fn shadowed(root: &Snapshot) -> Result<Checked, Unexamined> {
    let path = constant("/etc/passwd");
    let text = root.text(&path)?.unwrap_or_default();
    for (index, line) in text.lines().enumerate() {
        let mut fields = line.split(':');
        let (name, password) = (fields.next().unwrap_or_default(), fields.next());
        if password.is_some_and(|password| password != "x") {
            let found = format!("{name} has its password in /etc/passwd");
            return Ok(Checked::unmet(found, Some(Place::line(&path, index))));
        }
    }
    let path = constant("/etc/shadow");
    let text = root.text(&path)?.unwrap_or_default();
    for (index, line) in text.lines().enumerate() {
        let mut fields = line.split(':');
        let (name, password) = (fields.next().unwrap_or_default(), fields.next());
        if password == Some("") {
            let found = format!("{name} has an empty password");
            return Ok(Checked::unmet(found, Some(Place::line(&path, index))));
        }
    }
    Ok(Checked::met("no password is empty or readable", None))
}
