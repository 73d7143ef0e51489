//! `type: default-flatpaks`: Flatpaks that machines and users install when they start.

mod install;
mod row;
mod written;

#[cfg(test)]
pub(in crate::module) use install::PROGRAM;
pub(super) use row::TYPE;
