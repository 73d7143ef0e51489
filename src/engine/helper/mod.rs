//! The work of the helper process inside its namespaces. `task.rs` is what it is asked and what it
//! answers; everything else runs inside.

mod disk;
mod error;
mod files;
mod probe;
mod run;
mod task;
mod work;

pub use work::work;

pub(in crate::engine) use task::{
    BindJob, BindSource, CopyJob, DISK_STEP, FlattenTask, Job, PackTask, Reply, RunJob, RunTask,
    SKELETON, Task, UnpackJob, UnpackTask,
};
