//! The boot loader of a disk: what GRUB reads, and GRUB itself where there is no UEFI.

mod bios;
mod grub;
mod medium;

pub(in crate::bootable::disk) use bios::Bios;
pub(in crate::bootable::disk) use grub::{environment, first_menu, plain_menu};
pub use medium::{MEDIUM_CORE_STUB, MEDIUM_MARK};
pub(in crate::bootable::disk) use medium::{MEDIUM_STUB, medium_menu};
