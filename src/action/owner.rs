//! Users and groups: who owns an entry, and who runs a command.

use serde::{Deserialize, Serialize};

/// User and group that own an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The user.
    pub user: Id,
    /// The group.
    pub group: Id,
}

/// A user or group, by number or by a name of the root's own databases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Id {
    /// A number, written as it is.
    Number(u32),
    /// A name that the root's `/etc/passwd` or `/etc/group` knows.
    Name(String),
}

impl Default for Id {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Id {
    /// Reads a name or a number; `root` is 0 without looking it up.
    fn parse(part: &str) -> Option<Self> {
        match part {
            "" => None,
            "root" => Some(Self::Number(0)),
            _ if part.bytes().all(|byte| byte.is_ascii_digit()) => {
                part.parse().ok().map(Self::Number)
            }
            _ if part.contains([':', '/', '\n', '\0', ' ']) => None,
            _ => Some(Self::Name(part.to_owned())),
        }
    }

    /// The user of that name or number, with the group that it has by itself.
    #[must_use]
    pub fn alone(&self) -> User {
        User {
            name: self.clone(),
            group: None,
        }
    }
}

impl Owner {
    /// Reads `user`, `user:group`, `0:0` …; `root` is 0 without looking it up, a missing group is
    /// the group of the user's name, or where there is none the group that the user has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (user, group) = text.split_once(':').unwrap_or((text, text));
        Some(Self {
            user: Id::parse(user)?,
            group: Id::parse(group)?,
        })
    }
}

/// Who runs a command (OCI image-spec, config.md, `User`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user.
    pub name: Id,
    /// The group, and no other; when absent, the group and the further groups that the root's
    /// databases give the user.
    pub group: Option<Id>,
}

impl User {
    /// Reads `user`, `user:group`, `1000`, `1000:50` …; `root` is 0 without looking it up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, group) = match text.split_once(':') {
            Some((name, group)) => (name, Some(group)),
            None => (text, None),
        };
        Some(Self {
            name: Id::parse(name)?,
            group: match group {
                Some(group) => Some(Id::parse(group)?),
                None => None,
            },
        })
    }

    /// Whether it is root with root's own group.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.name == Id::Number(0) && matches!(self.group, None | Some(Id::Number(0)))
    }
}
