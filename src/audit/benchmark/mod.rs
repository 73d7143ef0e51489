//! The controls of a benchmark, and what a root has to meet for each.

pub(super) mod choice;
pub(super) mod gather;
pub(super) mod profile;
pub(super) mod subject;
