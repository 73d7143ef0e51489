//! The measures of a volume group.

/// The unit of logical volumes, in bytes.
pub(in crate::bootable::disk) const EXTENT: u64 = 4 << 20;
/// Where the first extent begins, in bytes.
pub(in crate::bootable::disk) const OVERHEAD: u64 = 1 << 20;
