//! The entries of a recipe, read into steps: conditions, files, layers, modules and stages.

pub(super) mod command;
pub(super) mod compile;
pub(super) mod layer;
pub(super) mod list;
pub(super) mod packages;
pub(super) mod public_key;
pub(super) mod reading;
pub(super) mod run;
pub(super) mod stages;
pub(super) mod types;
