//! What satisfies the demand of a value besides the value itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::setting::input::scalar::Scalar;

/// What satisfies a demand besides the value itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Accept {
    /// A number that is not greater.
    AtMost(i64),
    /// A number that is not smaller.
    AtLeast(i64),
    /// A number that is neither smaller than the first nor greater than the second.
    Between(i64, i64),
    /// One of several texts, or what else is accepted.
    Either(Vec<String>, Box<Self>),
    /// One of several texts, upper and lower case alike.
    OneOf(Vec<String>),
    /// A list, parted by commas, of nothing but these words.
    SubsetOf(Vec<String>),
    /// Numbers parted by colons, each between its bounds; later ones may be missing.
    Parts(Vec<(i64, i64)>),
    /// Any text but these, upper and lower case alike.
    NoneOf(Vec<String>),
    /// Any value.
    Any,
    /// That the key is not there at all.
    Absent,
}

impl Accept {
    /// Tells whether the text that a file has satisfies the demand.
    pub(super) fn takes(&self, found: &str) -> bool {
        let word = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(found));
        match self {
            Self::OneOf(words) => word(words),
            Self::Either(words, other) => word(words) || other.takes(found),
            Self::SubsetOf(words) => {
                let mut found = found.split(',').map(str::trim);
                found.all(|one| words.iter().any(|word| word == one))
            }
            Self::Parts(bounds) => {
                let parts: Vec<&str> = found.split(':').collect();
                let within = |(part, (least, most)): (&&str, &(i64, i64))| {
                    let number = part.trim().parse::<i64>();
                    number.is_ok_and(|number| (*least..=*most).contains(&number))
                };
                parts.len() <= bounds.len() && parts.iter().zip(bounds).all(within)
            }
            Self::NoneOf(words) => !word(words),
            Self::Any => true,
            Self::Absent => false,
            Self::AtMost(_) | Self::AtLeast(_) | Self::Between(..) => {
                let number = found.trim().parse::<i64>();
                let (least, most) = self.range();
                number.is_ok_and(|number| (least..=most).contains(&number))
            }
        }
    }

    /// The numbers that satisfy it; none but for those that are about numbers.
    fn range(&self) -> (i64, i64) {
        match self {
            Self::AtMost(most) => (i64::MIN, *most),
            Self::AtLeast(least) => (*least, i64::MAX),
            Self::Between(least, most) => (*least, *most),
            Self::Either(_, other) => other.range(),
            _ => (1, 0),
        }
    }

    /// Tells whether everything that satisfies `self` satisfies `other` too.
    pub(super) fn within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) => *self != Self::Absent,
            (Self::OneOf(own), other) => own.iter().all(|word| other.takes(word)),
            (Self::Either(words, own), other) => {
                words.iter().all(|word| other.takes(word)) && own.within(other)
            }
            (own, Self::Either(_, other)) => own.within(other),
            (Self::SubsetOf(own), Self::SubsetOf(words)) => {
                own.iter().all(|word| words.contains(word))
            }
            (Self::Parts(own), Self::Parts(bounds)) => {
                let narrower = |((least, most), (low, high)): (&(i64, i64), &(i64, i64))| {
                    low <= least && most <= high
                };
                own.len() <= bounds.len() && own.iter().zip(bounds).all(narrower)
            }
            (
                Self::AtMost(_) | Self::AtLeast(_) | Self::Between(..),
                Self::AtMost(_) | Self::AtLeast(_) | Self::Between(..),
            ) => {
                let ((least, most), (lowest, highest)) = (self.range(), other.range());
                lowest <= least && most <= highest
            }
            _ => self == other,
        }
    }

    /// The value that is written when a document states none; none where nothing stands to reason.
    pub(super) fn written(&self) -> Option<Scalar> {
        match self {
            Self::AtMost(number) | Self::AtLeast(number) | Self::Between(_, number) => {
                Some(Scalar::Integer(i128::from(*number)))
            }
            Self::Either(_, other) => other.written(),
            Self::OneOf(words) => words.first().map(|word| Scalar::Text(word.clone())),
            Self::SubsetOf(words) if !words.is_empty() => Some(Scalar::Text(words.join(","))),
            _ => None,
        }
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::Between(least, most) => write!(f, "between {least} and {most}"),
            Self::Either(words, other) => write!(f, "{other}, or {}", words.join(" or ")),
            Self::OneOf(words) => f.write_str(&words.join(" or ")),
            Self::SubsetOf(words) => write!(f, "nothing but {}", words.join(",")),
            Self::Parts(bounds) => {
                let bounds = bounds.iter().map(|(least, most)| format!("{least}-{most}"));
                write!(f, "within {}", bounds.collect::<Vec<_>>().join(":"))
            }
            Self::NoneOf(words) => write!(f, "anything but {}", words.join(" or ")),
            Self::Any => f.write_str("any value"),
            Self::Absent => f.write_str("not set"),
        }
    }
}
