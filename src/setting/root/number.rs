//! The number that an account gets in the databases of a root.

use std::collections::BTreeSet;

use super::database::{Database, free};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::Refusal;

/// What is asked of the number of one account.
#[derive(Debug)]
pub(in crate::setting) struct Number<'a> {
    /// What the account is: a user or a group.
    pub kind: Kind,
    /// The attribute that states the number.
    pub attribute: &'static str,
    /// Name of the account.
    pub name: &'a str,
    /// The number that is stated.
    pub stated: Option<u32>,
    /// The first and the last number to choose from where none is stated.
    pub range: (u32, u32),
}

impl Number<'_> {
    /// The number that the account has already, the one that is stated, or the first of the range
    /// that nobody has; `others` are numbers that are taken beside those of the database.
    pub(in crate::setting) fn choose(
        &self,
        database: &Database,
        others: &BTreeSet<u32>,
    ) -> Result<u32, Refusal> {
        let Self { kind, name, .. } = self;
        match (database.number(name), self.stated) {
            (Some(held), Some(stated)) if held != stated => Err(self.refused(
                self.attribute,
                format!("the {kind} {name} has the number {held} already"),
                "files may belong to that number: keep it, or choose another name",
            )),
            (Some(held), _) => Ok(held),
            (None, Some(stated)) => match database.holder(stated) {
                Some(holder) => Err(self.refused(
                    self.attribute,
                    format!("the number {stated} belongs to the {kind} {holder} already"),
                    "choose another number",
                )),
                None => Ok(stated),
            },
            (None, None) => {
                let mut taken = database.numbers();
                taken.extend(others);
                let (first, last) = self.range;
                free(self.range, &taken).ok_or_else(|| {
                    self.refused(
                        "present",
                        format!("no number between {first} and {last} is free"),
                        "state another `range`",
                    )
                })
            }
        }
    }

    fn refused(&self, attribute: &str, reason: String, hint: &str) -> Refusal {
        Refusal::Root {
            setting: self.kind.key(&format!("{}/{attribute}", self.name)),
            reason,
            hint: hint.to_owned(),
        }
    }
}
