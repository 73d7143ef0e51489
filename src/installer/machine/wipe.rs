//! A disk that is cleared: nothing on it looks like a system, or like a part of one.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use super::error::InstallError;
use crate::bootable::disk::Device;

/// How much is cleared where a disk or a partition begins or ends, in bytes: tables of partitions, marks
/// of file systems, and the keys of LUKS.
const MARGIN: u64 = 32 << 20;
/// How much is written at once, in bytes.
const BLOCK: usize = 1 << 20;
/// The unit in which the kernel tells where partitions are.
const SECTOR: u64 = 512;

/// Clears a whole device that nobody uses, or a file that stands for one; says how much was cleared.
///
/// # Errors
/// The device is in use, or cannot be written.
pub fn wipe(disk: &Path) -> Result<String, InstallError> {
    let doing = || format!("clearing {}", disk.display());
    let failed = || InstallError::io(doing());
    let found = fs::metadata(disk).map_err(failed())?;
    let is_device = found.file_type().is_block_device();
    // It is held while it is cleared.
    let held = is_device.then(|| Device::open(disk)).transpose()?;
    let mut file = File::options().write(true).open(disk).map_err(failed())?;
    let size = file.seek(SeekFrom::End(0)).map_err(failed())?;
    let parts = if is_device {
        partitions(disk)
    } else {
        Vec::new()
    };
    // The marks first: who switches the machine off now finds none.
    clear_ends(&file, size, &parts)
        .and_then(|()| file.sync_all())
        .map_err(failed())?;
    let whole = clear_whole(&file, size).and_then(|whole| file.sync_all().map(|()| whole));
    let whole = whole.map_err(failed())?;
    drop(held);
    Ok(match whole {
        true => "the whole disk was cleared".to_owned(),
        false => format!(
            "the begin and the end of the disk and of its {} partitions were cleared",
            parts.len()
        ),
    })
}

/// The partitions of a device, as the kernel knows them: where each begins, and its size.
fn partitions(disk: &Path) -> Vec<(u64, u64)> {
    let name = disk.canonicalize().ok();
    let name = name
        .as_deref()
        .and_then(Path::file_name)
        .unwrap_or_default();
    let entries = Path::new("/sys/class/block").join(name).read_dir();
    let entries = entries.into_iter().flatten().flatten();
    let parts = entries.map(|entry| entry.path());
    let number = |path: &Path, key: &str| -> Option<u64> {
        let text = fs::read_to_string(path.join(key)).ok()?;
        text.trim().parse::<u64>().ok()?.checked_mul(SECTOR)
    };
    parts
        .filter(|path| path.join("partition").exists())
        .filter_map(|path| Some((number(&path, "start")?, number(&path, "size")?)))
        .collect()
}

/// Writes zeros where a disk and each of its partitions begin and end.
fn clear_ends(file: &File, size: u64, parts: &[(u64, u64)]) -> io::Result<()> {
    let zeros = vec![0; BLOCK];
    for (start, length) in parts.iter().copied().chain([(0, size)]) {
        let end = start.saturating_add(length).min(size);
        let margin = MARGIN.min(length);
        for (from, to) in [(start, start + margin), (end.saturating_sub(margin), end)] {
            let mut at = from;
            while at < to.min(size) {
                let count = usize::try_from(to.min(size) - at)
                    .unwrap_or(BLOCK)
                    .min(BLOCK);
                file.write_all_at(zeros.get(..count).unwrap_or_default(), at)?;
                at += count as u64;
            }
        }
    }
    Ok(())
}

/// Lets the device fill itself with zeros; whether it can.
fn clear_whole(file: &File, size: u64) -> io::Result<bool> {
    let how = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match fallocate(file, how, 0, size) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NODEV) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_cleared_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        let size = 200 << 20;
        let file = File::create(&path).unwrap();
        file.set_len(size).unwrap();
        let parts = [(80 << 20, 80 << 20), (190 << 20, 5 << 20)];
        let marks = [
            0, 31, 32, 79, 80, 111, 112, 127, 128, 159, 160, 167, 168, 190, 199,
        ];
        for mark in marks {
            file.write_all_at(b"mark", mark << 20).unwrap();
        }
        clear_ends(&file, size, &parts).unwrap();
        let disk = File::open(&path).unwrap();
        let left = marks.into_iter().filter(|mark| {
            let mut found = [0; 4];
            disk.read_exact_at(&mut found, mark << 20).unwrap();
            &found == b"mark"
        });
        assert_eq!(left.collect::<Vec<u64>>(), [32, 79, 112, 127, 160, 167]);
        assert_eq!(disk.metadata().unwrap().len(), size);
    }

    #[test]
    fn a_small_file_is_cleared_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::write(&path, [7; 1000]).unwrap();
        wipe(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), [0; 1000]);
        assert!(wipe(&folder.path().join("none")).is_err());
    }
}
