//! The boot loader of a disk: what GRUB reads, and GRUB itself where there is no UEFI.

mod bios;
mod grub;

pub(in crate::bootable::disk) use bios::Bios;
pub(in crate::bootable::disk) use grub::{environment, first_menu, plain_menu};
