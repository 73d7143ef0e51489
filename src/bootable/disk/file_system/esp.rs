//! The EFI system partition: a FAT file system that is filled file by file, in one order.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::bootable::disk::device::is_device;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::part::Part;
use crate::bootable::disk::tools::Tools;

/// What a small one has beside its files, and the least that FAT16 takes with clusters of 2 KiB.
const SMALL_REST: u64 = 1 << 20;
const SMALLEST: u64 = 10 << 20;

/// What stands on the ESP: names below /EFI and what they hold.
#[derive(Debug, Default)]
pub(in crate::bootable::disk) struct Esp {
    files: Vec<(String, PathBuf)>,
}

impl Esp {
    /// Copies files into a work folder, dated.
    pub(in crate::bootable::disk) fn collect(
        work: &Path,
        epoch: u64,
        programs: &[(String, PathBuf)],
        texts: &[(String, String)],
    ) -> Result<Self, Error> {
        let mut files = Vec::new();
        let place = |name: &str| -> Result<PathBuf, Error> {
            let path = work.join(name);
            let above = path.parent().unwrap_or(work);
            fs::create_dir_all(above).map_err(Error::io(format!("making {}", above.display())))?;
            Ok(path)
        };
        for (name, source) in programs {
            let path = place(name)?;
            fs::copy(source, &path).map_err(Error::io(format!("copying {}", source.display())))?;
            files.push((name.clone(), path));
        }
        for (name, text) in texts {
            let path = place(name)?;
            fs::write(&path, text).map_err(Error::io(format!("writing {}", path.display())))?;
            files.push((name.clone(), path));
        }
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(epoch);
        for (_, path) in &files {
            let file = fs::File::options().write(true).open(path);
            file.and_then(|file| file.set_modified(date))
                .map_err(Error::io(format!("dating {}", path.display())))?;
        }
        files.sort();
        Ok(Self { files })
    }

    /// Makes the file system in a disk.
    pub(in crate::bootable::disk) fn make(
        &self,
        tools: &Tools,
        disk: &str,
        part: Part,
        volume: &str,
    ) -> Result<(), Error> {
        // The size of a cluster would otherwise follow that of the disk: too few of them, and
        // firmware sees no file system.
        let (offset, blocks) = (part.start / 512, part.size / 1024);
        let (offset, blocks) = (offset.to_string(), blocks.to_string());
        let mut words = vec!["--invariant", "-F", "32", "-S", "512", "-s", "1"];
        words.extend(["-i", volume, "-n", "ESP", "--offset", &offset]);
        if is_device(Path::new(disk)) {
            // It would rather have the device of a partition, of which the kernel knows none yet.
            words.push("-I");
        }
        words.extend([disk, &blocks]);
        tools.run("mkfs.vfat", &words, &[])?;
        self.fill(tools, &format!("{disk}@@{}", part.start))
    }

    /// Makes a small file system in a new file, for a medium that is only read: a file system of FAT32 has
    /// 33 MiB at least.
    pub(in crate::bootable::disk) fn make_small(
        &self,
        tools: &Tools,
        file: &Path,
        volume: &str,
    ) -> Result<(), Error> {
        let mut held = 0;
        for (_, path) in &self.files {
            let found = path.metadata();
            held += found
                .map_err(Error::io(format!("reading {}", path.display())))?
                .len();
        }
        let blocks = (held.next_multiple_of(1 << 20) + SMALL_REST).max(SMALLEST) / 1024;
        let (blocks, image) = (blocks.to_string(), file.display().to_string());
        let mut words = vec!["--invariant", "-F", "16", "-S", "512", "-s", "4"];
        words.extend(["-i", volume, "-n", "ESP", "-C", &image, &blocks]);
        tools.run("mkfs.vfat", &words, &[])?;
        self.fill(tools, &image)
    }

    /// Copies the files into a file system that is named as mtools names it.
    fn fill(&self, tools: &Tools, image: &str) -> Result<(), Error> {
        let mut folders = vec!["::/EFI".to_owned()];
        for (name, _) in &self.files {
            let mut above = "::/EFI".to_owned();
            let parts: Vec<&str> = name.split('/').collect();
            for part in parts
                .split_last()
                .map(|(_, above)| above)
                .unwrap_or_default()
            {
                above = format!("{above}/{part}");
                if !folders.contains(&above) {
                    folders.push(above.clone());
                }
            }
        }
        for folder in &folders {
            tools.run("mmd", &["-i", image, folder], &[])?;
        }
        for (name, path) in &self.files {
            let (source, target) = (path.display().to_string(), format!("::/EFI/{name}"));
            tools.run("mcopy", &["-m", "-Q", "-i", image, &source, &target], &[])?;
        }
        Ok(())
    }
}
