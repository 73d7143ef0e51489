//! A volume group on one partition, written as LVM2 keeps it (its text format: lib/format_text of LVM2):
//! the label, one area for metadata, and logical volumes that each lie in one piece.

mod group;
mod header;
mod text;

pub(in crate::bootable::disk) use group::{EXTENT, Group, Logical, OVERHEAD};
