//! `type: default-flatpaks`: Flatpaks that machines and users install when they start.

mod install;
mod row;
mod written;

pub(super) use row::TYPE;
