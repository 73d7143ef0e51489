//! Images that boot: roots in the shape of a life cycle, checks of them, disks, and machines that start.

pub mod disk;
mod life_cycle;
pub mod lint;
pub mod machine;
pub mod ostree;
pub mod shape;

pub use life_cycle::LifeCycle;
