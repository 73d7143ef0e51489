//! The partitions of a disk: where each begins, how large it is, what it is called (UEFI
//! specification, GUID partition table; the Discoverable Partitions Specification).

use std::fmt::Write as _;

use super::error::Error;
use super::identity::Identity;
use super::lvm::{EXTENT, Logical, OVERHEAD};
use super::needs::{Needs, ROOT_NAME, Wanted};
use super::part::Part;

const MIB: u64 = 1 << 20;
const SECTOR: u64 = 512;
/// Longest name of a partition.
const LONGEST_NAME: usize = 36;
/// Sizes of partitions that do not depend on the image.
const BIOS: u64 = MIB;
const ESP: u64 = 128 * MIB;
pub(super) const BOOT: u64 = 768 * MIB;
/// What the default size leaves free beside half of the image again.
const SPARE: u64 = 1 << 30;

/// Places on a disk, one behind the other.
struct Places {
    at: u64,
    /// What sizes are multiples of.
    unit: u64,
}

impl Places {
    fn next(&mut self, size: u64) -> Part {
        let size = size.next_multiple_of(self.unit);
        let start = self.at;
        self.at += size;
        Part { start, size }
    }
}

/// What a disk is divided into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub size: u64,
    pub bios: Option<Part>,
    pub esp: Part,
    pub boot: Part,
    pub root: Part,
    /// Volumes and swap space, in the order of what was wanted.
    pub volumes: Vec<(Wanted, Part)>,
    /// The partition of the volume group, if root and volumes are logical ones.
    pub group: Option<Part>,
    around_root: u64,
    kind: &'static str,
}

impl Layout {
    /// Divides a disk of a size, or of one that suits the image.
    ///
    /// The root is the last one, so that it can grow; a root of a stated size is not, so that it does not.
    pub(super) fn new(size: Option<u64>, needs: &Needs, architecture: &str) -> Result<Self, Error> {
        let mut places = Places { at: MIB, unit: MIB };
        let bios = (architecture == "amd64").then(|| places.next(BIOS));
        let (esp, boot) = (places.next(ESP), places.next(BOOT));
        if needs.boot.least() > BOOT {
            return Err(Error::Image {
                path: "/boot".to_owned(),
                why: format!(
                    "kernels and their RAM disks take more than the {BOOT} bytes of its partition"
                ),
            });
        }
        let physical = places.at;
        if needs.is_logical {
            places.at += needs.around_root + OVERHEAD;
            places.unit = EXTENT;
        }
        let unit = places.unit;
        let least = needs.root()?.next_multiple_of(unit);
        let stated = needs.root_size.map(|size| places.next(size));
        let mut volumes = Vec::new();
        for wanted in &needs.volumes {
            wanted.check()?;
            volumes.push((wanted.clone(), places.next(wanted.size)));
        }
        // The copy of the table takes the end of the disk.
        let needed = places.at + MIB + stated.map_or(least, |_| 0);
        let size = match size {
            Some(size) if size < needed => return Err(Error::TooSmall { size, needed }),
            Some(size) => size / SECTOR * SECTOR,
            None => (needed + needs.root.bytes / 2 + SPARE).next_multiple_of(1 << 30),
        };
        let end = (size - MIB) / MIB * MIB;
        let rest = Part {
            start: places.at,
            size: (end - places.at) / unit * unit,
        };
        Ok(Self {
            size,
            bios,
            esp,
            boot,
            root: stated.unwrap_or(rest),
            volumes,
            group: needs.is_logical.then_some(Part {
                start: physical,
                size: end - physical,
            }),
            around_root: needs.around_root,
            kind: root_type(architecture),
        })
    }

    /// The partitions with type and name, in the order in which they lie on the disk.
    fn rows(&self) -> Vec<(Part, &'static str, &str)> {
        let mut rows = vec![
            (self.esp, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "ESP"),
            (self.boot, "BC13C2FF-59E6-4262-A352-B275FD6F7172", "boot"),
        ];
        let bios = self.bios.into_iter();
        rows.extend(bios.map(|bios| (bios, "21686148-6449-6E6F-744E-656564454649", "bios")));
        match self.group {
            Some(group) => rows.push((group, "E6D6D379-F507-44C2-A23C-238F2A3DF928", "lvm")),
            None => {
                rows.push((self.root, self.kind, ROOT_NAME));
                let volumes = self.volumes.iter();
                rows.extend(volumes.map(|(wanted, part)| (*part, wanted.kind(), &*wanted.name)));
            }
        }
        rows.sort_by_key(|(part, ..)| part.start);
        rows
    }

    /// The partitions, in the order in which they lie on the disk, then the logical volumes.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self.rows().into_iter().map(|(part, ..)| part).collect();
        parts.extend(self.logical().into_iter().map(|volume| volume.part));
        parts
    }

    /// The physical volume of the group, behind what is around it.
    pub(super) fn physical(&self) -> Option<Part> {
        self.group.map(|group| Part {
            start: group.start + self.around_root,
            size: group.size - self.around_root,
        })
    }

    /// The logical volumes, if there is a group.
    pub(super) fn logical(&self) -> Vec<Logical> {
        let volumes = self.volumes.iter();
        let volumes = volumes.map(|(wanted, part)| (&*wanted.name, *part));
        let mut all: Vec<(&str, Part)> = volumes.chain([(ROOT_NAME, self.root)]).collect();
        all.retain(|_| self.group.is_some());
        all.sort_by_key(|(_, part)| part.start);
        let logical = |(name, part): (&str, Part)| Logical {
            name: name.to_owned(),
            part,
        };
        all.into_iter().map(logical).collect()
    }

    /// The table, as sfdisk reads it.
    pub(super) fn script(&self, identity: &Identity) -> String {
        let mut text = format!(
            "label: gpt\nlabel-id: {}\nfirst-lba: 2048\n",
            identity.uuid("disk")
        );
        for (part, kind, name) in self.rows() {
            let (start, size) = (part.start / SECTOR, part.size / SECTOR);
            let uuid = identity.uuid(&format!("partition {name}"));
            // As many characters as the table has room for.
            let name: String = name.chars().take(LONGEST_NAME).collect();
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "start={start}, size={size}, type={kind}, uuid={uuid}, name={name}"
            );
        }
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
    use crate::bootable::disk::needs::Extent;

    const SMALL: Extent = Extent {
        bytes: 400 * MIB,
        inodes: 20_000,
    };

    fn needs(root: Extent, volumes: &[(&str, u64)], root_size: Option<u64>) -> Needs {
        let wanted = |(place, size): &(&str, u64)| Wanted {
            place: (*place).to_owned(),
            name: place.replace('/', "_"),
            size: *size,
            extent: (!place.is_empty()).then(Extent::default),
        };
        Needs {
            root,
            root_size,
            volumes: volumes.iter().map(wanted).collect(),
            ..Needs::default()
        }
    }

    #[test]
    fn partitions_fill_the_disk_and_overlap_nowhere() {
        let volumes = [("/var/log", 512 * MIB), ("", 256 * MIB)];
        for (size, architecture, volumes, root_size) in [
            (None, "amd64", &[][..], None),
            (Some(5_000_000_000), "amd64", &[], None),
            (None, "arm64", &[], None),
            (None, "amd64", &volumes, None),
            (Some(5_000_000_000), "amd64", &volumes, None),
            (Some(5_000_000_000), "amd64", &volumes, Some(2 << 30)),
        ] {
            let layout =
                Layout::new(size, &needs(SMALL, volumes, root_size), architecture).unwrap();
            assert_eq!(layout.bios.is_some(), architecture == "amd64");
            let mut end = MIB;
            for part in layout.parts() {
                assert_eq!((part.start, part.start % MIB, part.size % MIB), (end, 0, 0));
                end = part.start + part.size;
            }
            // The copy of the table takes 33 sectors at the end.
            assert!(layout.size - end >= 33 * SECTOR);
            let root_end = layout.root.start + layout.root.size;
            match root_size {
                None => assert!(layout.size - end < 3 * MIB && root_end == end),
                Some(stated) => assert!(layout.root.size == stated && root_end < end),
            }
            assert!(layout.size <= size.unwrap_or(4 << 30));
            assert_eq!(layout.size % SECTOR, 0);
        }
    }

    #[test]
    fn logical_volumes_lie_at_extents_of_their_partition() {
        let volumes = [("/var/log", 510 * MIB), ("", 64 * MIB)];
        for (size, root_size) in [(None, None), (Some(5_000_000_000), Some(2 << 30))] {
            let needs = Needs {
                is_logical: true,
                around_root: 16 * MIB,
                ..needs(SMALL, &volumes, root_size)
            };
            let layout = Layout::new(size, &needs, "amd64").unwrap();
            let group = layout.group.unwrap();
            assert_eq!((group.start % MIB, group.size % MIB), (0, 0));
            assert!(layout.size - group.start - group.size < 3 * MIB);
            let physical = layout.physical().unwrap();
            assert_eq!(physical.start, group.start + 16 * MIB);
            let mut end = physical.start + OVERHEAD;
            for Logical { part, .. } in layout.logical() {
                assert_eq!((part.start, part.size % EXTENT), (end, 0));
                end += part.size;
            }
            assert!(end <= group.start + group.size);
            assert_eq!(layout.logical().len(), 3);
            let least = layout
                .volumes
                .iter()
                .all(|(wanted, part)| part.size >= wanted.size);
            assert!(least && layout.root.size >= root_size.unwrap_or(SMALL.least()));
        }
    }

    #[test]
    fn the_size_that_a_refusal_names_is_enough() {
        let wanted = needs(SMALL, &[("/srv", 64 * MIB)], None);
        let new = |size| Layout::new(Some(size), &wanted, "amd64");
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
        let boot = Needs {
            boot: large,
            ..Needs::default()
        };
        assert!(Layout::new(None, &boot, "amd64").is_err());
        let volume = |size| Layout::new(None, &needs(SMALL, &[("/srv", size)], None), "amd64");
        let root = |size| Layout::new(None, &needs(SMALL, &[], Some(size)), "amd64");
        for new in [&volume as &dyn Fn(u64) -> _, &root] {
            let needed = match new(MIB) {
                Err(Error::Volume { needed, .. }) => needed,
                other => panic!("{other:?}"),
            };
            assert!(new(needed - MIB).is_err() && new(needed).is_ok());
        }
    }
}
