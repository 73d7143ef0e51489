//! Lines that declare what a machine makes: accounts by sysusers.d(5), paths by tmpfiles.d(5).

mod accounts;
mod paths;
mod words;

pub(super) use accounts::{Account, accounts};
pub(super) use paths::paths;
pub(super) use words::words;
