//! The inodes that a file system of the kind ext4 uses, read from its own tables (the kernel's
//! Documentation/filesystems/ext4).

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::bootable::disk::part::Part;

/// Where the superblock begins.
const SUPER: u64 = 1024;
/// The flag of a group whose inodes were never used.
const UNUSED: u16 = 1;

/// The numbers of all inodes in use, in order.
pub(in crate::bootable::disk) fn used_inodes(disk: &Path, part: Part) -> Result<Vec<u32>, Error> {
    let failed = || {
        Error::io(format!(
            "reading the file system at byte {} of a disk",
            part.start
        ))
    };
    let disk = File::open(disk).map_err(failed())?;
    let read = |at: u64, size: usize| -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; size];
        disk.read_exact_at(&mut bytes, part.start + at)
            .map_err(failed())?;
        Ok(bytes)
    };
    let head = read(SUPER, 1024)?;
    let block = 1024_u64 << word(&head, 0x18).min(6);
    let inodes = word(&head, 0);
    let per_group = word(&head, 0x28).max(1);
    let descriptor = usize::from(half(&head, 0xfe)).max(32);
    let table = (u64::from(word(&head, 0x14)) + 1) * block;
    let mut used = Vec::new();
    for group in 0..inodes.div_ceil(per_group) {
        let at = table + u64::from(group) * descriptor as u64;
        let bytes = read(at, descriptor)?;
        if half(&bytes, 0x12) & UNUSED != 0 {
            continue;
        }
        let high = if descriptor >= 64 {
            word(&bytes, 0x24)
        } else {
            0
        };
        let place = u64::from(high) << 32 | u64::from(word(&bytes, 4));
        let bitmap = read(place * block, (per_group / 8) as usize)?;
        let first = group * per_group + 1;
        for (index, byte) in (0_u32..).zip(bitmap) {
            let set = (0..8).filter(|bit| byte >> bit & 1 == 1);
            used.extend(set.map(|bit| first + index * 8 + bit));
        }
    }
    Ok(used)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at + 2)) << 16 | u32::from(half(bytes, at))
}

fn half(bytes: &[u8], at: usize) -> u16 {
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or_default());
    byte(at + 1) << 8 | byte(at)
}
