//! Disk images: partitions, boot loader, and the root in the form of its life cycle.

mod bios;
mod convert;
mod error;
mod esp;
mod ext4;
mod fstab;
mod grub;
mod identity;
mod inodes;
mod kargs;
mod layout;
mod make;
mod order;
mod parts;
mod root;
mod tools;
mod tree;

pub use error::Error;
pub use make::make;
pub use order::{Format, Made, Order, Source};
pub use parts::Inside;
