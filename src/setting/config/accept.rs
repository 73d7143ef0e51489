//! What satisfies the demand of a value besides the value itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::setting::scalar::Scalar;

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
            Self::OneOf(_) | Self::Any | Self::Absent => (1, 0),
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
            Self::Any | Self::Absent => None,
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
            Self::Any => f.write_str("any value"),
            Self::Absent => f.write_str("not set"),
        }
    }
}
