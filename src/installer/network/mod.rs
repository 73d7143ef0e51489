//! The network of a host as the programs read it that may set it up: one file for each.

mod device;
mod forms;
mod header;
mod ifupdown;
mod network_manager;
mod networkd;

pub(in crate::installer) use forms::forms;
