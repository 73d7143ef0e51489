//! The accounts that a root declares.

use super::root::Root;
use super::rule::Found;
use crate::bootable::declared::{Account, accounts};

/// A line that makes a user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// What it makes.
    pub(super) account: Account,
    /// The name of the file.
    pub(super) file: String,
}

/// The lines of /usr/lib/sysusers.d in the order in which they are read, and those that are none.
pub(super) fn declared(root: &Root) -> (Vec<Declared>, Vec<Found>) {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for path in root.files_in("/usr/lib/sysusers.d", ".conf") {
        let text = root.text_at(&path).unwrap_or_default();
        let file = String::from_utf8_lossy(path.file_name()).into_owned();
        for account in accounts(&text) {
            match account {
                Ok(account) => found.push(Declared {
                    account,
                    file: file.clone(),
                }),
                Err(why) => wrong.push(Found::at(&path, why)),
            }
        }
    }
    (found, wrong)
}
