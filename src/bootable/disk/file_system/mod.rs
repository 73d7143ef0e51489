//! The file systems of a disk, made of folders without mounts, with the same bytes each time.

mod esp;
mod ext4;
mod inodes;
mod swap;
mod tree;

pub(in crate::bootable::disk) use esp::Esp;
pub(in crate::bootable::disk) use ext4::Ext4;
pub(in crate::bootable::disk) use swap::{PAGE as SWAP_HEADER, make as make_swap};
pub(in crate::bootable::disk) use tree::Pass;
