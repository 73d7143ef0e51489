//! The verbs about images that boot: disks of them and machines that start them.

pub(in crate::cli) mod boot;
pub(in crate::cli) mod disk;
