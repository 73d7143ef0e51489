//! What a root contains: accounts, configuration files, and text files that settings change.

pub(super) mod accounts;
pub(super) mod configuration;
pub(super) mod database;
pub(super) mod edit;
pub(super) mod layered;
pub(super) mod logical_lines;
pub(super) mod number;
pub(super) mod pam_line;
pub(super) mod policy;
pub(super) mod rewrite;
