//! Accounts as sysusers.d(5) declares them.

use super::words::words;

/// A line that makes a user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bootable) struct Account {
    /// Whether it makes a user.
    pub(in crate::bootable) is_user: bool,
    /// The name.
    pub(in crate::bootable) name: String,
    /// The ids as they are written: `7`, `7:8`, `7:users`, `-`, a path.
    pub(in crate::bootable) ids: String,
}

impl Account {
    /// Whether it makes a group: a user gets one of its name, unless another is named.
    pub(in crate::bootable) fn is_group(&self) -> bool {
        !self.is_user || !self.ids.contains(':')
    }

    /// The fixed id, if there is one.
    pub(in crate::bootable) fn id(&self) -> Option<u32> {
        self.parts().0.parse().ok()
    }

    /// The fixed id of the group that a user gets.
    pub(in crate::bootable) fn group_id(&self) -> Option<u32> {
        self.parts().1.parse().ok()
    }

    fn parts(&self) -> (&str, &str) {
        self.ids.split_once(':').unwrap_or((&self.ids, &self.ids))
    }
}

/// The accounts that a text declares, and lines that are none, each with what is wrong with it.
pub(in crate::bootable) fn accounts(text: &str) -> impl Iterator<Item = Result<Account, String>> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| {
        let words = words(line);
        let (Some(kind), Some(name)) = (words.first(), words.get(1)) else {
            return Some(Err(format!("`{line}` names no account")));
        };
        let is_user = match kind.trim_end_matches(['!', '-']) {
            "u" => true,
            "g" => false,
            "m" | "r" => return None,
            _ => return Some(Err(format!("`{line}` is no line of sysusers.d"))),
        };
        Some(Ok(Account {
            is_user,
            name: name.clone(),
            ids: words.get(2).map_or("-", String::as_str).to_owned(),
        }))
    })
}
