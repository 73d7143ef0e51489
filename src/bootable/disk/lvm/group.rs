//! A volume group and its volumes.

use super::extent::{EXTENT, OVERHEAD};
use crate::bootable::disk::identity::Identity;
use crate::bootable::disk::part::Part;

/// A logical volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bootable::disk) struct Logical {
    /// Its name.
    pub name: String,
    /// Where it is on the disk: at an extent of the group, and whole ones.
    pub part: Part,
}

/// A volume group with one physical volume.
#[derive(Clone, Debug)]
pub(in crate::bootable::disk) struct Group<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the physical volume is on the disk.
    pub physical: Part,
    /// The logical volumes.
    pub volumes: &'a [Logical],
    /// What identifiers derive from.
    pub identity: &'a Identity,
    /// When it was made, in seconds since 1970.
    pub epoch: u64,
}

impl Group<'_> {
    /// The identifier of something, of 32 characters.
    pub(super) fn identifier(&self, name: &str) -> String {
        self.identity.uuid(&format!("lvm {name}")).replace('-', "")
    }

    /// The extents of its physical volume.
    pub(super) fn extents(&self) -> u64 {
        (self.physical.size - OVERHEAD) / EXTENT
    }

    /// The first extent of a logical volume, and how many it has.
    pub(super) fn extents_of(&self, volume: &Logical) -> (u64, u64) {
        let first = volume.part.start - self.physical.start - OVERHEAD;
        (first / EXTENT, volume.part.size / EXTENT)
    }
}
