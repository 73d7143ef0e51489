//! The work of the helper process inside its namespaces. `task.rs` is what it is asked and what it
//! answers; everything else runs inside.

mod accounts;
mod chroot;
mod command;
mod disk;
mod error;
mod files;
mod folders;
mod ids;
mod opt;
mod pack;
mod probe;
mod run;
mod scratch;
mod stubs;
mod task;
mod work;

#[cfg(test)]
mod opt_tests;

pub use work::work;

pub(in crate::engine) use task::{
    BindJob, BindSource, CopyJob, FlattenTask, Job, PackTask, Reply, RunJob, RunTask, SKELETON,
    Task, UnpackJob, UnpackTask,
};
