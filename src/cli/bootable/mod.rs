//! The verbs about images that boot: checks and disks of them, and machines that start them.

pub(in crate::cli) mod boot;
pub(in crate::cli) mod disk;
mod encrypt;
mod inside;
pub(super) mod installer;
pub(in crate::cli) mod lint;
mod lint_report;
mod started;
mod unfinished;
