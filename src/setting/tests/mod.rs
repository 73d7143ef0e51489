//! Tests of the setting kinds, and a repository and a root in memory for tests of other modules.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

mod accounts;
pub(crate) mod applied;
mod compare;
mod declaration;
mod edit;
mod effective;
pub(crate) mod fake;
mod logins;
mod machine;
mod mistakes;
mod mounts;
pub(crate) mod pam;
mod pam_auth_update;
mod programs;
mod render;
mod service;
mod shape;
mod systemctl;
mod unit;
mod wins;
