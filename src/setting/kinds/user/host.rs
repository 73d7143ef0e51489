//! Users of one machine, put into the databases of its root.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::databases::Databases;
use super::demand::Demand;
use crate::setting::contract::refusal::Refusal;
use crate::setting::root::database::Database;

/// A user as one machine is to have it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAccount {
    /// The name.
    pub name: String,
    /// The number; the one that is there, or a free one, when absent.
    pub uid: Option<u32>,
    /// The full name.
    pub comment: Option<String>,
    /// The login shell.
    pub shell: Option<String>,
    /// Groups that the user joins.
    pub groups: Vec<String>,
    /// The hash of the password (crypt(5)); what is there stays when absent.
    pub hash: Option<String>,
    /// Whether no password opens the account.
    pub locked: bool,
}

impl fmt::Debug for HostAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("HostAccount");
        shown.field("name", &self.name).finish_non_exhaustive()
    }
}

/// The texts of the databases; none for one that is not there, or that does not change.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AccountTexts {
    /// passwd(5).
    pub passwd: Option<String>,
    /// group(5).
    pub group: Option<String>,
    /// shadow(5).
    pub shadow: Option<String>,
    /// gshadow(5).
    pub gshadow: Option<String>,
}

impl fmt::Debug for AccountTexts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // They hold hashes of passwords.
        formatter
            .debug_struct("AccountTexts")
            .finish_non_exhaustive()
    }
}

/// What a user became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPerson {
    /// The number.
    pub uid: u32,
    /// The number of the own group.
    pub gid: u32,
    /// The home.
    pub home: String,
    /// Whether the databases did not have the user.
    pub is_new: bool,
}

/// Puts users into databases, or adds to those that are there; gives what changed, and what each became.
///
/// # Errors
/// A number that somebody else has, another number than the user has, a group that is not there.
pub fn add_accounts(
    texts: AccountTexts,
    accounts: &[HostAccount],
) -> Result<(AccountTexts, Vec<HostPerson>), Refusal> {
    let mut databases = Databases {
        passwd: Database::of_text(texts.passwd),
        shadow: Database::of_text(texts.shadow),
        group: Database::of_text(texts.group),
        gshadow: Database::of_text(texts.gshadow),
    };
    let mut people = Vec::new();
    // A number that nobody states goes to nobody who comes before one that states it.
    let mut order: Vec<usize> = (0..accounts.len()).collect();
    order.sort_by_key(|at| {
        accounts
            .get(*at)
            .is_none_or(|account| account.uid.is_none())
    });
    let ordered = order
        .iter()
        .filter_map(|at| Some((*at, accounts.get(*at)?)));
    for (at, account) in ordered {
        let demand = Demand {
            uid: account.uid,
            comment: account.comment.clone(),
            shell: account.shell.clone(),
            groups: account.groups.clone(),
            locked: account.locked.then_some(true),
            ..Demand::default()
        };
        let is_new = databases.passwd.get(&account.name).is_none();
        let line = databases.user(&account.name, &demand)?;
        if let Some(hash) = &account.hash {
            databases.password(&account.name, hash);
        }
        let person = HostPerson {
            uid: line.uid,
            gid: line.gid,
            home: line.home,
            is_new,
        };
        people.push((at, person));
    }
    people.sort_by_key(|(at, _)| *at);
    let people = people.into_iter().map(|(_, person)| person).collect();
    let changed = AccountTexts {
        passwd: databases.passwd.changed(),
        group: databases.group.changed(),
        shadow: databases.shadow.changed(),
        gshadow: databases.gshadow.changed(),
    };
    Ok((changed, people))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> AccountTexts {
        AccountTexts {
            passwd: Some("root:x:0:0::/root:/bin/sh\nold:x:1000:50::/srv/old:/bin/sh\n".to_owned()),
            group: Some("root:x:0:\nstaff:x:50:\nsudo:x:27:\n".to_owned()),
            shadow: Some("root:*::0:99999:7:::\nold:!:::::::\n".to_owned()),
            gshadow: Some("root:*::\nsudo:*::\n".to_owned()),
        }
    }

    fn account(name: &str) -> HostAccount {
        HostAccount {
            name: name.to_owned(),
            ..HostAccount::default()
        }
    }

    #[test]
    fn users_are_made_or_added_to() {
        let new = HostAccount {
            groups: vec!["sudo".to_owned()],
            hash: Some("$6$s$h".to_owned()),
            ..account("new")
        };
        let old = HostAccount {
            groups: vec!["sudo".to_owned()],
            ..account("old")
        };
        let root = HostAccount {
            hash: Some("$y$a".to_owned()),
            ..account("root")
        };
        let (changed, people) = add_accounts(texts(), &[new, old, root]).unwrap();
        let homes: Vec<_> = people
            .iter()
            .map(|one| (one.uid, one.gid, &*one.home, one.is_new))
            .collect();
        let expected = [
            (1001, 1001, "/home/new", true),
            (1000, 50, "/srv/old", false),
            (0, 0, "/root", false),
        ];
        assert_eq!(homes, expected);
        let passwd = changed.passwd.unwrap();
        assert!(
            passwd.ends_with("new:x:1001:1001::/home/new:/bin/bash\n"),
            "{passwd}"
        );
        let group = "root:x:0:\nstaff:x:50:\nsudo:x:27:new,old\nnew:x:1001:\n";
        assert_eq!(changed.group.unwrap(), group);
        let shadow = "root:$y$a::0:99999:7:::\nold:!:::::::\nnew:$6$s$h::0:99999:7:::\n";
        assert_eq!(changed.shadow.unwrap(), shadow);
        assert_eq!(
            changed.gshadow.unwrap(),
            "root:*::\nsudo:*::new,old\nnew:!::\n"
        );
        let (same, _) = add_accounts(texts(), &[account("old")]).unwrap();
        assert!(same == AccountTexts::default());
    }

    #[test]
    fn what_contradicts_the_image_is_refused() {
        let cases = [
            (
                HostAccount {
                    uid: Some(1001),
                    ..account("old")
                },
                "the user old has the number 1000 already",
            ),
            (
                HostAccount {
                    uid: Some(1000),
                    ..account("new")
                },
                "the number 1000 belongs to the user old already",
            ),
            (
                HostAccount {
                    groups: vec!["wheel".to_owned()],
                    ..account("new")
                },
                "there is no group wheel in the image",
            ),
        ];
        for (account, expected) in cases {
            let said = add_accounts(texts(), &[account]).unwrap_err().to_string();
            assert_eq!(said, expected);
        }
    }
}
