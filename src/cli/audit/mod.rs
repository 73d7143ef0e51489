//! The verbs that check a root: audit and test.

pub(super) mod diff;
pub(super) mod report;
pub(super) mod root;
pub(super) mod test;
pub(super) mod verb;
