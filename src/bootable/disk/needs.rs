//! What a disk has to hold: its file systems with their sizes, and what their partitions are called.

use super::error::Error;

const MIB: u64 = 1 << 20;
/// The journal of the root, and of volumes that are large enough.
pub(super) const JOURNAL: u64 = 64 * MIB;
/// From which size on a volume has such a journal, and that of smaller ones.
const LARGE: u64 = 2 << 30;
const SMALL_JOURNAL: u64 = 8 * MIB;
/// The name of the root's partition or logical volume.
pub(super) const ROOT_NAME: &str = "root";
/// That of swap space.
pub(super) const SWAP_NAME: &str = "swap";
/// Names that no volume may have.
const OWN_NAMES: [&str; 6] = [ROOT_NAME, SWAP_NAME, "boot", "ESP", "bios", "lvm"];

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
        self.least_with(JOURNAL)
    }

    fn least_with(self, journal: u64) -> u64 {
        let held = self.bytes + self.bytes / 50 + self.inodes * 512;
        (held + held / 40 + journal + 32 * MIB).next_multiple_of(MIB)
    }
}

/// The journal of a volume of a size.
pub(super) fn journal(size: u64) -> u64 {
    match size {
        LARGE.. => JOURNAL,
        _ => SMALL_JOURNAL,
    }
}

/// A volume beside the root that is to have a place, or swap space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Where it is mounted; empty for swap space.
    pub place: String,
    /// The name of its partition or logical volume; no other one has it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it has to hold; none for swap space.
    pub extent: Option<Extent>,
}

impl Wanted {
    pub(super) fn kind(&self) -> &'static str {
        match self.extent {
            // Not the types by which systemd mounts partitions that nobody names.
            Some(_) => "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
            None => "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
        }
    }

    /// Refuses a size that is too small.
    pub(super) fn check(&self) -> Result<(), Error> {
        let least = self
            .extent
            .map_or(MIB, |extent| extent.least_with(journal(self.size)));
        match self.size < least {
            false => Ok(()),
            true => Err(Error::Volume {
                place: self.place.clone(),
                size: self.size,
                needed: least,
            }),
        }
    }
}

/// What a disk has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// What /boot has to hold.
    pub boot: Extent,
    /// What the root has to hold.
    pub root: Extent,
    /// What the partition of the root, or of its group, begins with: the header of an encrypted volume.
    pub around_root: u64,
    /// Whether root and volumes are logical ones of a group on one partition.
    pub is_logical: bool,
    /// The size of the root's partition; what is left when absent.
    pub root_size: Option<u64>,
    /// Volumes and swap space beside the root.
    pub volumes: Vec<Wanted>,
}

impl Needs {
    /// The least size of the partition of the root, or the one that is stated.
    pub(super) fn root(&self) -> Result<u64, Error> {
        let around = if self.is_logical { 0 } else { self.around_root };
        let least = self.root.least() + around;
        match self.root_size {
            Some(size) if size < least => Err(Error::Volume {
                place: "/".to_owned(),
                size,
                needed: least,
            }),
            Some(size) => Ok(size),
            None => Ok(least),
        }
    }
}

/// Names of partitions or logical volumes for mount points, each another one: `var_log` for /var/log; swap
/// space has none.
pub(super) fn names<'a>(places: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = OWN_NAMES.map(str::to_owned).to_vec();
    for place in places {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = place.trim_start_matches('/').chars().map(plain).collect();
        let more = (1..).map(|number| format!("{name}_{number}"));
        let mut all = std::iter::once(name.clone()).chain(more);
        let free = all.find(|name| !names.contains(name));
        names.push(free.unwrap_or(name));
    }
    names.split_off(OWN_NAMES.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_each_another_one() {
        let places = [
            "/var/log", "/var_log", "/root", "/swap", "/srv/a.b", "/var-log",
        ];
        assert_eq!(
            names(places.into_iter()),
            [
                "var_log",
                "var_log_1",
                "root_1",
                "swap_1",
                "srv_a_b",
                "var_log_2"
            ]
        );
    }
}
