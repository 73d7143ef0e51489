//! A volume group on one partition, written as LVM2 keeps it.
//!
//! It is the text format of LVM2 (lib/format_text): a label, one area for metadata, and logical volumes that
//! each lie in one piece.

mod extent;
mod group;
mod header;
mod text;
mod write;

pub(in crate::bootable::disk) use extent::{EXTENT, OVERHEAD};
pub(in crate::bootable::disk) use group::{Group, Logical};
