//! A user in the databases of a root: passwd(5) and group(5).

use crate::action::{Id, User};

/// Where users are looked up.
pub(super) const USERS: &str = "/etc/passwd";

/// Where groups are looked up.
pub(super) const GROUPS: &str = "/etc/group";

/// What a user is in a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// Numbers of user and group.
    pub ids: (u32, u32),
    /// All groups, its own among them: who leaves a group out of these may do what its members may
    /// not.
    pub groups: Vec<u32>,
    /// The home, if the root knows the user.
    pub home: Option<String>,
}

/// A name that a database does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub name: String,
    pub database: &'static str,
}

/// A line of `/etc/passwd`.
struct Line<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

impl Account {
    /// Looks a user up; a number need not be known, and has group 0 then.
    pub(super) fn of(user: &User, passwd: &str, group: &str) -> Result<Self, Unknown> {
        let mut lines = passwd.lines().filter_map(line);
        let line = match &user.name {
            Id::Number(number) => lines.find(|line| line.uid == *number),
            Id::Name(name) => lines.find(|line| line.name == name),
        };
        let uid = match (&line, &user.name) {
            (Some(line), _) => line.uid,
            (None, Id::Number(number)) => *number,
            (None, Id::Name(name)) => {
                return Err(Unknown {
                    name: name.clone(),
                    database: USERS,
                });
            }
        };
        let home = line.as_ref().map(|line| line.home.to_owned());
        let (gid, mut groups) = match &user.group {
            Some(stated) => (gid(stated, group)?, Vec::new()),
            None => match &line {
                Some(line) => (line.gid, member_of(line.name, group)),
                None => (0, Vec::new()),
            },
        };
        groups.push(gid);
        groups.sort_unstable();
        groups.dedup();
        Ok(Self {
            ids: (uid, gid),
            groups,
            home: home.filter(|home| !home.is_empty()),
        })
    }
}

fn line(text: &str) -> Option<Line<'_>> {
    let mut fields = text.split(':');
    let (name, _) = (fields.next()?, fields.next()?);
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Line {
        name,
        uid,
        gid,
        home: fields.nth(1).unwrap_or_default(),
    })
}

fn gid(group: &Id, database: &str) -> Result<u32, Unknown> {
    let name = match group {
        Id::Number(number) => return Ok(*number),
        Id::Name(name) => name,
    };
    let found = database.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    });
    found.ok_or_else(|| Unknown {
        name: name.clone(),
        database: GROUPS,
    })
}

/// The groups that name a user as their member.
fn member_of(user: &str, database: &str) -> Vec<u32> {
    let member = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, number, members] = fields.as_slice() else {
            return None;
        };
        let is_member = members.split(',').any(|member| member == user);
        is_member.then(|| number.parse().ok())?
    };
    database.lines().filter_map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
        app:x:1000:1001::/home/app:/bin/sh\nbare:x:7:8::\nbroken:x:y\n";
    const GROUP: &str = "root:x:0:\napp:x:1001:\ndata:x:50:app,bare\nmore:x:51:other,app\n";

    #[test]
    fn databases_say_groups_and_home() {
        let of = |text: &str| {
            let user = User::parse(text).expect("a user");
            Account::of(&user, PASSWD, GROUP).map(|account| {
                let home = account.home.unwrap_or_default();
                (account.ids, account.groups, home)
            })
        };
        let app = |gid, groups: &[u32]| Ok(((1000, gid), groups.to_vec(), "/home/app".to_owned()));
        assert_eq!(of("app"), app(1001, &[50, 51, 1001]));
        assert_eq!(of("1000"), app(1001, &[50, 51, 1001]));
        assert_eq!(of("app:data"), app(50, &[50]));
        assert_eq!(of("1000:9"), app(9, &[9]));
        assert_eq!(of("bare"), Ok(((7, 8), vec![8, 50], String::new())));
        assert_eq!(of("4242"), Ok(((4242, 0), vec![0], String::new())));
        let unknown = |name: &str, database| {
            let name = name.to_owned();
            Err(Unknown { name, database })
        };
        assert_eq!(of("broken"), unknown("broken", USERS));
        assert_eq!(of("app:none"), unknown("none", GROUPS));
    }
}
