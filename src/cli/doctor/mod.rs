//! `terroir doctor`: what this machine can do.

pub(super) mod checks;
pub(super) mod verb;
