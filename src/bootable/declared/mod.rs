//! What images declare for their machines: accounts by sysusers.d(5), paths by tmpfiles.d(5), and how
//! bootc's installer is to install them.

mod accounts;
mod installer;
mod paths;
mod words;

pub(super) use accounts::{Account, accounts};
pub(super) use installer::Stated;
pub(super) use paths::paths;
pub(super) use words::words;
