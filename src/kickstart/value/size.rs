//! Sizes on disks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::from_text::read_from_text;

/// A size on a disk, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            mib if mib.is_multiple_of(1 << 20) => write!(f, "{}T", mib >> 20),
            mib if mib.is_multiple_of(1 << 10) => write!(f, "{}G", mib >> 10),
            mib => write!(f, "{mib}M"),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a size, write 512M, 20G or 2T");
        let (number, unit) = text
            .split_at_checked(text.len().saturating_sub(1))
            .ok_or_else(wrong)?;
        let factor: u64 = match unit {
            "M" => 1,
            "G" => 1 << 10,
            "T" => 1 << 20,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let size = number.checked_mul(factor).filter(|size| *size < 1 << 40);
        match size {
            Some(0) | None => Err(wrong()),
            Some(size) => Ok(Self(size)),
        }
    }
}

read_from_text!(Size, "^[0-9]+[MGT]$");
