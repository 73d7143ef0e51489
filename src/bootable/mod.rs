//! Images that boot: roots in the shape of a life cycle, checks of them, disks, and machines that start.

pub mod carried;
mod declared;
pub mod disk;
pub mod lint;
pub mod machine;
mod needed;
pub mod ostree;
pub mod shape;

pub use crate::action::LifeCycle;
