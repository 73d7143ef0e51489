//! A piece of a disk.

/// A partition, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub start: u64,
    pub size: u64,
}

impl Part {
    /// The name by which e2fsprogs know a file system inside a disk.
    pub(super) fn in_disk(self, disk: &str) -> String {
        format!("{disk}?offset={}", self.start)
    }
}
