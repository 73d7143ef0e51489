//! The log of a disk's writes that QEMU's driver `blklogwrites` writes, in the format of the kernel's
//! dm-log-writes (Documentation/admin-guide/device-mapper/log-writes), and disks made from it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What a log begins with.
const MAGIC: u64 = 0x006a_7366_7773_6872;
const FLUSH: u64 = 1;
const DISCARD: u64 = 4;
/// What a disk writes whole or not at all, in bytes: its physical sector. No file system survives less: the first
/// superblock of ext4 has a checksum over 1 KiB, and is not always written through the journal.
const PHYSICAL: u64 = 4096;

/// One request to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where on the disk, in bytes.
    pub at: u64,
    /// How many bytes were written; none by a flush or a discard.
    pub size: u64,
    /// Where they are in the log.
    data: u64,
    /// Whether everything before it is on the disk for good.
    pub is_flush: bool,
}

/// A log.
#[derive(Debug)]
pub(super) struct WriteLog {
    file: File,
    pub entries: Vec<Entry>,
}

/// What becomes of writes that no flush followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unflushed {
    /// All reach the disk.
    Kept,
    /// Some do, some do not, some in part; by a number from which chance is drawn.
    Lost(u64),
}

impl WriteLog {
    /// How many requests the log has so far, as of its last flush.
    pub(super) fn count(path: &Path) -> usize {
        let file = File::open(path).expect("a log");
        let [magic, version, count, _] = numbers(&file, 0);
        assert_eq!((magic, version), (MAGIC, 1), "no log of writes");
        usize::try_from(count).expect("a number")
    }

    /// Reads what was asked of the disk; the bytes stay in the file.
    pub(super) fn open(path: &Path) -> Self {
        let count = Self::count(path);
        let file = File::open(path).expect("a log");
        let sector = numbers(&file, 0)[3] & u64::from(u32::MAX);
        let mut at = sector;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let [start, sectors, flags, _] = numbers(&file, at);
            let data = at + sector;
            let is_write = flags & DISCARD == 0;
            let size = if is_write { sectors * sector } else { 0 };
            at = data + size;
            entries.push(Entry {
                at: start * sector,
                size,
                data,
                is_flush: flags & FLUSH != 0,
            });
        }
        Self { file, entries }
    }

    /// Writes the first bytes of a request to a disk.
    fn write(&self, entry: &Entry, size: u64, disk: &File) {
        let mut bytes = vec![0; usize::try_from(size).expect("a size")];
        self.file
            .read_exact_at(&mut bytes, entry.data)
            .expect("the log is whole");
        disk.write_all_at(&bytes, entry.at).expect("writable");
    }

    /// Does to a disk what was asked of it in a range.
    pub(super) fn replay(&self, from: usize, to: usize, disk: &File, unflushed: Unflushed) {
        let entries = &self.entries[from..to];
        let flushed = entries.iter().rposition(|entry| entry.is_flush);
        let mut chance = match unflushed {
            Unflushed::Kept => None,
            Unflushed::Lost(seed) => Some(Chance(seed)),
        };
        for (index, entry) in entries.iter().enumerate() {
            let is_safe = flushed.is_some_and(|flushed| index < flushed);
            let size = match &mut chance {
                Some(chance) if !is_safe => match chance.below(4) {
                    0 => 0,
                    1 => {
                        let end = entry.at + chance.below(entry.size + 1);
                        (end / PHYSICAL * PHYSICAL).saturating_sub(entry.at)
                    }
                    _ => entry.size,
                },
                _ => entry.size,
            };
            self.write(entry, size, disk);
        }
    }
}

/// The four numbers at a place.
fn numbers(file: &File, at: u64) -> [u64; 4] {
    let mut bytes = [0; 32];
    file.read_exact_at(&mut bytes, at)
        .expect("the log is whole");
    let (numbers, _) = bytes.as_chunks::<8>();
    [0, 1, 2, 3].map(|index: usize| u64::from_le_bytes(numbers[index]))
}

/// Numbers that look like chance, the same for a seed (xorshift64).
pub(super) struct Chance(pub u64);

impl Chance {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        for (left, by) in [(true, 13), (false, 7), (true, 17)] {
            self.0 ^= if left { self.0 << by } else { self.0 >> by };
        }
        self.0 % limit.max(1)
    }
}

/// A log in which a write, a flush, a discard and another write follow each other.
#[test]
fn a_log_gives_the_disk_of_each_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let sector = |numbers: [u64; 4]| {
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
        bytes.resize(512, 0);
        bytes
    };
    let log = [
        sector([MAGIC, 1, 4, 512]),
        sector([1, 2, 0, 0]),
        vec![b'a'; 1024],
        sector([0, 0, FLUSH, 0]),
        sector([0, 8, DISCARD, 0]),
        sector([2, 1, 0, 0]),
        vec![b'b'; 512],
    ]
    .concat();
    let path = folder.path().join("log");
    std::fs::write(&path, log).expect("writable");
    let log = WriteLog::open(&path);
    let at = |to: usize, unflushed| {
        let path = folder.path().join("disk");
        std::fs::write(&path, [b'-'; 2048]).expect("writable");
        let disk = File::options().write(true).open(&path).expect("a disk");
        log.replay(0, to, &disk, unflushed);
        let bytes = std::fs::read(&path).expect("there");
        let sectors = bytes.chunks(512).map(|sector| char::from(sector[0]));
        sectors.collect::<String>()
    };
    let kept: Vec<String> = (0..=4).map(|to| at(to, Unflushed::Kept)).collect();
    assert_eq!(kept, ["----", "-aa-", "-aa-", "-aa-", "-ab-"]);
    let lost = |to| -> std::collections::BTreeSet<String> {
        (1..100).map(|seed| at(to, Unflushed::Lost(seed))).collect()
    };
    // The flush keeps the first write, and nothing the second; both are within one physical sector.
    assert_eq!(lost(1).into_iter().collect::<Vec<_>>(), ["----", "-aa-"]);
    assert_eq!(lost(4).into_iter().collect::<Vec<_>>(), ["-aa-", "-ab-"]);
}
