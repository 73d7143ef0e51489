//! A run inside the namespaces: its folders and scratch folders, its jobs in order, and its changes
//! as a layer.

mod accounts;
mod chroot;
mod command;
mod disk;
mod folders;
mod ids;
mod jobs;
mod opt;
mod pack;
mod scratch;
mod shape;
mod stubs;

#[cfg(test)]
mod opt_tests;

pub(super) use jobs::run;
