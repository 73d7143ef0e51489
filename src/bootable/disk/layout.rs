//! The partitions of a disk: where each begins, how large it is, what it is called (UEFI
//! specification, GUID partition table; the Discoverable Partitions Specification).

use std::fmt::Write as _;

use super::error::Error;
use super::identity::Identity;

const MIB: u64 = 1 << 20;
const SECTOR: u64 = 512;
/// Sizes of partitions that do not depend on the image.
const BIOS: u64 = MIB;
const ESP: u64 = 128 * MIB;
pub(super) const BOOT: u64 = 768 * MIB;
/// The journal of the root.
pub(super) const JOURNAL: u64 = 64 * MIB;
/// What the default size leaves free beside half of the image again.
const SPARE: u64 = 1 << 30;

/// What a file system has to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Bytes of files in whole blocks.
    pub bytes: u64,
    /// Files, folders and links.
    pub inodes: u64,
}

impl Extent {
    /// The least size of a file system for it: with inode tables, journal and a little room.
    pub(super) fn least(self) -> u64 {
        let held = self.bytes + self.bytes / 50 + self.inodes * 512;
        (held + held / 40 + JOURNAL + 32 * MIB).next_multiple_of(MIB)
    }
}

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

/// All partitions of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub size: u64,
    pub bios: Option<Part>,
    pub esp: Part,
    pub boot: Part,
    pub root: Part,
    kind: &'static str,
}

impl Layout {
    /// Divides a disk of a size, or of one that suits the image; beside its file system the root has
    /// room for the header of an encrypted volume.
    pub(super) fn new(
        size: Option<u64>,
        (boot, root, around_root): (Extent, Extent, u64),
        architecture: &str,
    ) -> Result<Self, Error> {
        let mut at = MIB;
        let mut next = |size: u64| {
            let part = Part { start: at, size };
            at += size;
            part
        };
        let bios = (architecture == "amd64").then(|| next(BIOS));
        let (esp, boot_part) = (next(ESP), next(BOOT));
        // The copy of the table takes the end of the disk.
        let around = at + MIB;
        let needed = around + root.least() + around_root;
        if boot.least() > BOOT {
            return Err(Error::Image {
                path: "/boot".to_owned(),
                why: format!(
                    "kernels and their RAM disks take more than the {BOOT} bytes of its partition"
                ),
            });
        }
        let size = match size {
            Some(size) if size < needed => return Err(Error::TooSmall { size, needed }),
            Some(size) => size / SECTOR * SECTOR,
            None => (needed + root.bytes / 2 + SPARE).next_multiple_of(1 << 30),
        };
        let end = (size - MIB) / MIB * MIB;
        Ok(Self {
            size,
            bios,
            esp,
            boot: boot_part,
            root: Part {
                start: at,
                size: end - at,
            },
            kind: root_type(architecture),
        })
    }

    /// The table, as sfdisk reads it.
    pub(super) fn script(&self, identity: &Identity) -> String {
        let mut text = format!(
            "label: gpt\nlabel-id: {}\nfirst-lba: 2048\n",
            identity.uuid("disk")
        );
        let mut add = |part: Part, kind: &str, name: &str| {
            let (start, size) = (part.start / SECTOR, part.size / SECTOR);
            let uuid = identity.uuid(&format!("partition {name}"));
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "start={start}, size={size}, type={kind}, uuid={uuid}, name={name}"
            );
        };
        if let Some(bios) = self.bios {
            add(bios, "21686148-6449-6E6F-744E-656564454649", "bios");
        }
        add(self.esp, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "ESP");
        add(self.boot, "BC13C2FF-59E6-4262-A352-B275FD6F7172", "boot");
        add(self.root, self.kind, "root");
        text
    }
}

/// The type of a root partition, by which systemd-repart finds it.
fn root_type(architecture: &str) -> &'static str {
    match architecture {
        "arm64" => "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
        _ => "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Extent = Extent {
        bytes: 400 * MIB,
        inodes: 20_000,
    };

    #[test]
    fn partitions_fill_the_disk_and_overlap_nowhere() {
        for (size, architecture) in [
            (None, "amd64"),
            (Some(5_000_000_000), "amd64"),
            (None, "arm64"),
        ] {
            let layout = Layout::new(size, (Extent::default(), SMALL, 0), architecture).unwrap();
            assert_eq!(layout.bios.is_some(), architecture == "amd64");
            let parts = layout
                .bios
                .into_iter()
                .chain([layout.esp, layout.boot, layout.root]);
            let mut end = MIB;
            for part in parts {
                assert_eq!((part.start, part.start % MIB, part.size % MIB), (end, 0, 0));
                end = part.start + part.size;
            }
            // The copy of the table takes 33 sectors at the end.
            assert!(layout.size - end >= 33 * SECTOR && layout.size - end < 3 * MIB);
            assert!(layout.size <= size.unwrap_or(4 << 30));
            assert_eq!(layout.size % SECTOR, 0);
        }
    }

    #[test]
    fn the_size_that_a_refusal_names_is_enough() {
        let new = |size| Layout::new(Some(size), (Extent::default(), SMALL, 0), "amd64");
        let needed = match new(MIB) {
            Err(Error::TooSmall { needed, .. }) => needed,
            other => panic!("{other:?}"),
        };
        assert!(new(needed - 1).is_err());
        assert!(new(needed).unwrap().root.size >= SMALL.least());
        let large = Extent {
            bytes: BOOT,
            inodes: 1,
        };
        assert!(Layout::new(None, (large, SMALL, 0), "amd64").is_err());
    }
}
