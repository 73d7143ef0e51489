//! An image in the form of its life cycle: the folders that become file systems, and what is added.

mod fstab;
mod kargs;
mod put;
mod root;

pub(in crate::bootable::disk) use fstab::{Mount, NOWHERE, write};
pub(in crate::bootable::disk) use kargs::arguments_of;
pub(in crate::bootable::disk) use put::{put, put_for, put_link, rewrite, take_away};
pub(in crate::bootable::disk) use root::{Imported, Root, plain, with_boot};
