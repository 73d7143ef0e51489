//! The canonical value of a file setting.

use serde::{Deserialize, Serialize};

use crate::action::Owner;
use crate::setting::contract::ground::Bits;
use crate::setting::contract::kind::Kind;

impl Kind {
    /// A whole file, or the mode and owner of one.
    pub const FILE: Self = Self::named("file");
}

/// The canonical value: absent, a whole file, or only mode and owner of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum FileValue {
    Absent,
    Whole {
        text: String,
        mode: String,
        owner: String,
    },
    Bits {
        mode: Option<String>,
        owner: Option<String>,
        /// Whether the mode is a ceiling: bits of it may be missing, and none is added.
        #[serde(
            default,
            rename = "at-most",
            skip_serializing_if = "std::ops::Not::not"
        )]
        at_most: bool,
        /// Other owners that are as good.
        #[serde(default, rename = "or-owner", skip_serializing_if = "Vec::is_empty")]
        or_owner: Vec<String>,
        /// Whether nothing is demanded where the file is not there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        optional: bool,
    },
}

impl FileValue {
    pub(super) fn mode(&self) -> Option<u32> {
        match self {
            Self::Absent => None,
            Self::Whole { mode, .. } => u32::from_str_radix(mode, 8).ok(),
            Self::Bits { mode, .. } => u32::from_str_radix(mode.as_deref()?, 8).ok(),
        }
    }

    pub(super) fn owner(&self) -> Option<Owner> {
        match self {
            Self::Absent => None,
            Self::Whole { owner, .. } => Owner::parse(owner),
            Self::Bits { owner, .. } => Owner::parse(owner.as_deref()?),
        }
    }

    /// Every owner that satisfies it; empty when any does.
    pub(super) fn owners(&self) -> Vec<Owner> {
        let others = match self {
            Self::Bits { or_owner, .. } => or_owner.as_slice(),
            Self::Absent | Self::Whole { .. } => &[],
        };
        let others = others.iter().filter_map(|owner| Owner::parse(owner));
        self.owner().into_iter().chain(others).collect()
    }

    pub(super) fn is_optional(&self) -> bool {
        matches!(self, Self::Bits { optional: true, .. })
    }

    pub(super) fn is_ceiling(&self) -> bool {
        matches!(self, Self::Bits { at_most: true, .. })
    }

    /// The mode that has to be set over what is there; none when what is there will do.
    pub(super) fn mode_over(&self, there: Option<Bits>) -> Option<u32> {
        let demanded = self.mode()?;
        match there {
            Some(there) if self.is_ceiling() => {
                let lowered = there.mode & demanded;
                (lowered != there.mode).then_some(lowered)
            }
            Some(there) => (there.mode != demanded).then_some(demanded),
            None => Some(demanded),
        }
    }
}
