//! What people and scripts read: results, progress, diagnostics and failures.

pub(super) mod diagnostic;
pub(super) mod engine_failure;
pub(super) mod failure;
pub(super) mod file;
pub(super) mod printer;
pub(super) mod units;
