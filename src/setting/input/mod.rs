//! What documents write settings with: scalars, paths, patterns, and files beside them.

pub(super) mod account;
pub(super) mod glob;
pub(super) mod inputs;
pub(super) mod mode;
pub(super) mod place;
pub(super) mod scalar;
