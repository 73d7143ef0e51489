//! The machine as it stands: its deployments, its files, and who may change them.

mod deployment;
mod lock;
mod manner;
mod mounts;
mod place;
mod program;
mod trial;
mod variables;

pub(in crate::host) use deployment::Deployment;
pub use lock::Lock;
pub use manner::{Manner, manner};
pub use mounts::writable;
pub use place::Machine;
pub use program::reboot;
pub(in crate::host) use program::{failed_units, says};
pub use trial::try_here;
