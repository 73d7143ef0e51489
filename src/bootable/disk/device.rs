//! Whole devices that a disk is written to: none that is in use, and nothing of what was there stays.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, SeekFrom as Place, fallocate, major, minor, seek};
use rustix::io::Errno;

use super::error::Error;
use super::layout::Layout;

/// How much is copied at once, in bytes.
const BLOCK: usize = 1 << 20;

/// How much is cleared where something begins or ends, in bytes.
const MARGIN: u64 = 4 << 20;

/// A device that nobody uses, held so that nobody can.
#[derive(Debug)]
pub struct Device {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Device {
    /// Opens a device.
    ///
    /// # Errors
    /// Something that is no whole device, or that is mounted, swapped to, or part of another device.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let refused = |why: String| Error::Device {
            path: path.to_path_buf(),
            why,
        };
        let failed = || Error::io(format!("opening {}", path.display()));
        let real = path.canonicalize().map_err(failed())?;
        let found = real.metadata().map_err(failed())?;
        if !found.file_type().is_block_device() {
            return Err(refused("it is no block device".to_owned()));
        }
        let number = format!("{}:{}", major(found.rdev()), minor(found.rdev()));
        let known = Path::new("/sys/dev/block").join(number);
        if !known.exists() {
            return Err(refused("/sys does not tell what it is used for".to_owned()));
        }
        if known.join("partition").exists() {
            return Err(refused(
                "it is a partition; name the whole device".to_owned(),
            ));
        }
        if let Some(why) = use_of(&known) {
            return Err(refused(why));
        }
        let flags = rustix::fs::OFlags::EXCL.bits();
        let file = File::options()
            .read(true)
            .write(true)
            .custom_flags(flags.cast_signed())
            .open(&real);
        let mut file =
            file.map_err(
                |error| match error.raw_os_error().map(Errno::from_raw_os_error) {
                    Some(Errno::BUSY) => refused("it is in use".to_owned()),
                    _ => failed()(error),
                },
            )?;
        let size = file.seek(SeekFrom::End(0)).map_err(failed())?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            size,
        })
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Writes a raw disk of the same size to it.
    pub fn write(&self, disk: &Path) -> Result<(), Error> {
        let source = File::open(disk).map_err(Error::io(format!("reading {}", disk.display())))?;
        copy(&source, &self.file, self.size)
            .and_then(|()| self.file.sync_all())
            .map_err(Error::io(format!("writing to {}", self.path.display())))
    }
}

/// Whether a path leads to a block device.
pub(super) fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.file_type().is_block_device())
}

/// Takes from a device what programs would recognise of what was there: the begin and the end of the
/// disk and of each partition to come.
pub(super) fn wipe(path: &Path, layout: &Layout) -> std::io::Result<()> {
    let device = File::options().write(true).open(path)?;
    let ends = |start: u64, size: u64| {
        let margin = MARGIN.min(size);
        [
            (start, start + margin),
            (start + size - margin, start + size),
        ]
    };
    let parts = layout.parts().into_iter();
    let parts = parts.map(|part| (part.start, part.size));
    for (start, size) in parts.chain([(0, layout.size)]) {
        for (from, to) in ends(start, size) {
            clear(&device, from, to)?;
        }
    }
    device.sync_all()
}

/// What a device or one of its partitions is used for; none when it is for nothing.
fn use_of(known: &Path) -> Option<String> {
    let mut numbers = Vec::new();
    let folders = fs::read_dir(known).into_iter().flatten().flatten();
    let parts = folders.map(|entry| entry.path());
    let parts = parts.filter(|path| path.join("partition").exists());
    for part in std::iter::once(known.to_path_buf()).chain(parts) {
        let holders = fs::read_dir(part.join("holders")).into_iter().flatten();
        if let Some(Ok(holder)) = holders.into_iter().next() {
            let name = holder.file_name();
            return Some(format!("{} is made of it", name.to_string_lossy()));
        }
        let number = fs::read_to_string(part.join("dev")).unwrap_or_default();
        numbers.push(number.trim().to_owned());
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    for line in mounts.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let (Some(number), Some(place)) = (fields.get(2), fields.get(4)) else {
            continue;
        };
        if numbers.iter().any(|one| one == number) {
            return Some(format!("it is mounted at {place}"));
        }
    }
    let swaps = fs::read_to_string("/proc/swaps").unwrap_or_default();
    let swaps = swaps
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next());
    for swap in swaps {
        let number = fs::metadata(swap)
            .map(|found| found.rdev())
            .unwrap_or_default();
        let number = format!("{}:{}", major(number), minor(number));
        if numbers.contains(&number) {
            return Some(format!("{swap} is swapped to"));
        }
    }
    None
}

/// Copies a sparse file over all that a device holds: its holes become zeros.
fn copy(source: &File, target: &File, size: u64) -> std::io::Result<()> {
    let mut at = 0;
    while at < size {
        let data = match seek(source, Place::Data(at)) {
            Ok(data) => data.min(size),
            // Nothing but a hole is left.
            Err(Errno::NXIO) => size,
            Err(error) => return Err(error.into()),
        };
        clear(target, at, data)?;
        if data >= size {
            break;
        }
        at = seek(source, Place::Hole(data))?.min(size);
        let mut block = vec![0; BLOCK];
        let mut from = data;
        while from < at {
            let count = usize::try_from(at - from).unwrap_or(BLOCK).min(BLOCK);
            let part = block.get_mut(..count).unwrap_or_default();
            source.read_exact_at(part, from)?;
            target.write_all_at(part, from)?;
            from += count as u64;
        }
    }
    Ok(())
}

/// Fills a range with zeros, by the device itself where it can.
fn clear(target: &File, from: u64, to: u64) -> std::io::Result<()> {
    if from >= to {
        return Ok(());
    }
    let flags = FallocateFlags::ZERO_RANGE | FallocateFlags::KEEP_SIZE;
    match fallocate(target, flags, from, to - from) {
        Ok(()) => return Ok(()),
        Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NODEV) => {}
        Err(error) => return Err(error.into()),
    }
    let zeros = vec![0; BLOCK];
    let mut at = from;
    while at < to {
        let count = usize::try_from(to - at).unwrap_or(BLOCK).min(BLOCK);
        target.write_all_at(zeros.get(..count).unwrap_or_default(), at)?;
        at += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, device) = (folder.path().join("disk"), folder.path().join("device"));
        let size = 8 << 20;
        for places in [
            vec![],
            vec![0],
            vec![0, 5 << 20],
            vec![(8 << 20) - 4096],
            vec![1 << 20, 3 << 20],
        ] {
            let source = File::create(&disk).unwrap();
            source.set_len(size).unwrap();
            for place in &places {
                source.write_all_at(&[7; 4096], *place).unwrap();
            }
            fs::write(&device, vec![0xff; 8 << 20]).unwrap();
            let target = File::options().write(true).open(&device).unwrap();
            copy(&File::open(&disk).unwrap(), &target, size).unwrap();
            assert!(
                fs::read(&disk).unwrap() == fs::read(&device).unwrap(),
                "{places:?}"
            );
        }
    }

    #[test]
    fn what_is_no_device_is_refused() {
        for path in ["/dev/null", "/proc/self/exe", "/nowhere"] {
            assert!(Device::open(Path::new(path)).is_err(), "{path}");
        }
    }
}
