//! A base that is bootstrapped from packages: made once for each state of the archive, or as the
//! lock has it.

mod bootstrap;
mod copy;
mod locked;
mod tar;

pub(in crate::engine) use bootstrap::{BaseOptions, base, known_base};
pub(in crate::engine) use locked::{known_locked_base, locked_base, releases};
