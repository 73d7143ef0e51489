//! File systems of the kind ext4 inside a disk, made of folders, with the same bytes each time.

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::inodes::used_inodes;
use crate::bootable::disk::device::is_device;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::needs::Extent;
use crate::bootable::disk::part::Part;
use crate::bootable::disk::tools::Tools;

/// The inodes of a fresh file system that belong to nobody's file but have times: the root, the
/// table for growth and the journal.
const OWN: [u32; 3] = [2, 7, 8];
/// The first inode of files.
const FIRST: u32 = 11;
/// Bytes per inode: usual, and the least that is asked for.
const RATIOS: [u64; 3] = [16_384, 8192, 4096];

/// A file system to make.
#[derive(Debug)]
pub(in crate::bootable::disk) struct Ext4<'a> {
    /// Where in the disk.
    pub part: Part,
    /// What it is called.
    pub label: &'a str,
    /// Its identifier.
    pub uuid: &'a str,
    /// What it holds.
    pub folder: &'a Path,
    /// How much that is.
    pub extent: Extent,
    /// The size of its journal, in bytes.
    pub journal: u64,
}

impl Ext4<'_> {
    /// Makes it in a disk; everything in it is dated to `epoch` or was older.
    pub(in crate::bootable::disk) fn make(
        &self,
        tools: &Tools,
        disk: &str,
        epoch: u64,
    ) -> Result<(), Error> {
        self.write(tools, disk)?;
        let commands = self.dating(disk, epoch)?;
        let place = self.part.in_disk(disk);
        tools
            .run("debugfs", &["-w", "-f", "-", &place], commands.as_bytes())
            .map(drop)
    }

    /// Makes it for a machine that forgets it: times and the mode of the root folder are as they come.
    pub(in crate::bootable::disk) fn write(&self, tools: &Tools, disk: &str) -> Result<(), Error> {
        let offset = self.part.start;
        // A file has nothing but zeros there; on a device a journal of an earlier system could be
        // taken for one of this.
        let is_lazy = u8::from(!is_device(Path::new(disk)));
        let extended = format!(
            "offset={offset},hash_seed={},root_owner=0:0,nodiscard,lazy_journal_init={is_lazy}",
            self.uuid
        );
        let wanted = self.extent.inodes * 2;
        let ratio = RATIOS
            .into_iter()
            .find(|ratio| self.part.size / ratio >= wanted)
            .unwrap_or(2048);
        let folder = self.folder.display().to_string();
        let made = tools.run(
            "mke2fs",
            &[
                "-q",
                "-F",
                "-t",
                "ext4",
                "-U",
                self.uuid,
                "-L",
                self.label,
                "-i",
                &ratio.to_string(),
                "-J",
                &format!("size={}", self.journal >> 20),
                "-E",
                &extended,
                "-d",
                &folder,
                disk,
                &format!("{}k", self.part.size / 1024),
            ],
            &[],
        );
        made.map(drop)
    }

    /// What debugfs does: access, change and creation times are those of this machine until then,
    /// and the mode of the root folder is not taken over.
    fn dating(&self, disk: &str, epoch: u64) -> Result<String, Error> {
        let used = used_inodes(Path::new(disk), self.part)?;
        let mut commands = String::new();
        let mut set = |inode: u32, field: &str, value: &str| {
            // Writing to a text does not fail.
            let _ = writeln!(commands, "set_inode_field <{inode}> {field} {value}");
        };
        let date = format!("@{epoch}");
        for inode in used {
            if inode < FIRST && !OWN.contains(&inode) {
                continue;
            }
            for field in ["atime", "ctime", "crtime"] {
                set(inode, field, &date);
            }
        }
        let found = self
            .folder
            .metadata()
            .map_err(Error::io(format!("looking at {}", self.folder.display())))?;
        set(
            2,
            "mode",
            &format!("0{:o}", 0o040_000 | found.mode() & 0o7777),
        );
        let modified = u64::try_from(found.mtime()).unwrap_or_default();
        set(2, "mtime", &format!("@{}", modified.min(epoch)));
        Ok(commands)
    }
}
