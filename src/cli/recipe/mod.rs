//! The verbs about recipes: init, validate, plan and build.

pub(super) mod build;
pub(super) mod init;
pub(super) mod plan;
pub(super) mod validate;
