//! The loader of recipes: from a file to a flavour, in either dialect.

pub(super) mod bluebuild;
pub(super) mod derived;
pub(super) mod exceptions;
mod life_cycle;
pub(super) mod loader;
pub(super) mod native;
pub(super) mod rules;
