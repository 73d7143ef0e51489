//! One thing that differs, and the part of a comparison that it belongs to.

use serde::Serialize;

use crate::recipe::Direction;

/// One thing that differs between two images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Which way.
    pub direction: Direction,
    /// What.
    pub name: String,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
    /// Where the value that is in force was written; of what is gone, the value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The flavour whose recipe states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavour: Option<String>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Item {
    /// A thing that differs; none when both sides are the same.
    pub(super) fn between(name: &str, old: Option<String>, new: Option<String>) -> Option<Self> {
        let direction = match (&old, &new) {
            (None, None) => return None,
            (Some(old), Some(new)) if old == new => return None,
            (None, Some(_)) => Direction::New,
            (Some(_), None) => Direction::Gone,
            (Some(_), Some(_)) => Direction::Changed,
        };
        Some(Self {
            direction,
            name: name.to_owned(),
            old,
            new,
            place: None,
            flavour: None,
            owner: None,
        })
    }
}

/// One part of a comparison: what differs, or why that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part<T> {
    /// Why this part was not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_compared: Option<String>,
    /// What differs.
    pub changes: Vec<T>,
}

impl<T> Part<T> {
    /// A part that was compared.
    #[must_use]
    pub fn of(changes: Vec<T>) -> Self {
        Self {
            not_compared: None,
            changes,
        }
    }

    /// A part that could not be compared.
    #[must_use]
    pub fn unknown(why: impl Into<String>) -> Self {
        Self {
            not_compared: Some(why.into()),
            changes: Vec::new(),
        }
    }
}

/// How much of a comparison is shown to people.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Most lines of a part.
    pub most: usize,
    /// Writes a number of bytes for people.
    pub size: fn(u64) -> String,
}
