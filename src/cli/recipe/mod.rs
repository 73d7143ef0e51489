//! The verbs about recipes: init, validate, plan and build.

pub(super) mod build;
mod built_report;
pub(super) mod init;
mod memory;
pub(super) mod plan;
pub(super) mod validate;
