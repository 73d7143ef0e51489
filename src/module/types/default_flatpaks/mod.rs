//! `type: default-flatpaks`: Flatpaks that machines and users install when they start.

pub(in crate::module) mod written;
pub(in crate::module) mod install;

