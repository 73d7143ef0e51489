//! `terroir outdated` and `terroir why`: what changed beneath flavours since their lock.

mod ask;
pub(super) mod flavours;
pub(in crate::cli) mod verb;
