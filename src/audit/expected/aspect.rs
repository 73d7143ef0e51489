//! One thing that a test looks at.

use crate::setting::Unexamined;

/// One thing that a test looks at.
#[derive(Clone, Debug)]
pub(super) struct Aspect {
    /// What is expected.
    pub expected: String,
    /// What there is.
    pub found: String,
    /// Whether that is as expected; none when it could not be told.
    pub met: Option<bool>,
}

impl Aspect {
    pub(super) fn new(expected: String, found: String, met: bool) -> Self {
        Self {
            expected,
            found,
            met: Some(met),
        }
    }

    /// It could not be told.
    pub(super) fn unknown(expected: String, why: &Unexamined) -> Self {
        Self {
            expected,
            found: why.to_string(),
            met: None,
        }
    }
}
