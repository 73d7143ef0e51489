//! The programs that make disks: what is needed of this machine, and one way to run it.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use super::error::Error;
use crate::bootable::LifeCycle;
use crate::bootable::needed::{SEARCH, is_there};
use crate::process::{Program, run_with};

/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(60 * 60);
/// How much of what a failing program said is shown, in lines.
const SHOWN: usize = 12;

/// What a full file system may still have, in bytes.
const FULL: u64 = 1 << 20;

/// What ext4 file systems of a disk are like, whatever the configuration of this machine says: the
/// GRUB of Debian 12 reads them.
const MKE2FS: &str = "\
[defaults]
\tbase_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
\tdefault_mntopts = acl,user_xattr
\tenable_periodic_fsck = 0
\tblocksize = 4096
\tinode_size = 256
\tinode_ratio = 16384
\treserved_ratio = 1.0
[fs_types]
\text4 = {
\t\tfeatures = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
\t}
";

/// The programs that a disk needs, each with the Debian package that has it.
const ALWAYS: [(&str, &str); 6] = [
    ("sfdisk", "fdisk"),
    ("mke2fs", "e2fsprogs"),
    ("debugfs", "e2fsprogs"),
    ("mkfs.vfat", "dosfstools"),
    ("mmd", "mtools"),
    ("mcopy", "mtools"),
];

/// Those that a medium needs.
const MEDIUM: [(&str, &str); 4] = [
    ("mkfs.vfat", "dosfstools"),
    ("mmd", "mtools"),
    ("mcopy", "mtools"),
    ("xorriso", "xorriso"),
];

/// Tells which programs are missing; a disk in a format other than raw is converted.
pub(super) fn missing(cycle: LifeCycle, is_converted: bool) -> Result<(), Error> {
    let mut needed = ALWAYS.to_vec();
    if cycle == LifeCycle::Ostree {
        needed.push(("ostree", "ostree"));
    }
    absent(needed, is_converted)
}

/// Tells which programs are missing where bootc fills the disk.
pub(super) fn missing_for_installer(is_converted: bool) -> Result<(), Error> {
    absent(vec![("mke2fs", "e2fsprogs")], is_converted)
}

/// Tells which programs are missing where a medium is made.
pub fn missing_for_medium() -> Result<(), Error> {
    let mut needed = MEDIUM.to_vec();
    needed.retain(|(program, _)| !is_there(program));
    match needed.is_empty() {
        true => Ok(()),
        false => Err(Error::MediumPrograms(needed)),
    }
}

fn absent(mut needed: Vec<(&'static str, &'static str)>, is_converted: bool) -> Result<(), Error> {
    if is_converted {
        needed.push(("qemu-img", "qemu-utils"));
    }
    needed.retain(|(program, _)| !is_there(program));
    match needed.is_empty() {
        true => Ok(()),
        false => Err(Error::Programs(needed)),
    }
}

/// Refuses a folder in which the disk would break off.
pub(super) fn has_room(folder: &Path, needed: u64) -> Result<(), Error> {
    let free = free(folder)?;
    match free < needed {
        false => Ok(()),
        true => Err(no_room(folder, free, needed)),
    }
}

/// Refuses a folder that was filled by something that has to hold so much.
pub(super) fn is_not_full(folder: &Path, held: u64) -> Result<(), Error> {
    match free(folder)? {
        free if free < FULL => Err(no_room(folder, free, held)),
        _ => Ok(()),
    }
}

fn no_room(folder: &Path, free: u64, needed: u64) -> Error {
    Error::NoRoom {
        folder: folder.to_path_buf(),
        free,
        needed,
    }
}

/// Bytes that may be written in a folder.
fn free(folder: &Path) -> Result<u64, Error> {
    let found = rustix::fs::statvfs(folder)
        .map_err(|error| Error::io(format!("looking at {}", folder.display()))(error.into()))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// A way to run programs that leaves nothing of this machine in what they make.
#[derive(Debug)]
pub(super) struct Tools {
    epoch: String,
    home: String,
    configuration: String,
    began: u64,
}

impl Tools {
    /// Writes what programs are told into a folder.
    pub(super) fn new(work: &Path, epoch: u64) -> Result<Self, Error> {
        let configuration = work.join("mke2fs.conf");
        std::fs::write(&configuration, MKE2FS)
            .map_err(Error::io(format!("writing {}", configuration.display())))?;
        // The clock of the file system that the work is on.
        let began = configuration.metadata().map(|found| found.mtime());
        let began = began.map_err(Error::io(format!("reading {}", configuration.display())))?;
        Ok(Self {
            began: u64::try_from(began).unwrap_or_default(),
            epoch: epoch.to_string(),
            home: work.display().to_string(),
            configuration: configuration.display().to_string(),
        })
    }

    /// When the work began, in seconds since 1970.
    pub(super) fn began(&self) -> u64 {
        self.began
    }

    /// Runs a program that has to succeed; gives what it wrote on its standard output.
    pub(super) fn run(
        &self,
        name: &str,
        arguments: &[&str],
        input: &[u8],
    ) -> Result<String, Error> {
        let environment = [
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("HOME", self.home.as_str()),
            ("TMPDIR", self.home.as_str()),
            ("SOURCE_DATE_EPOCH", self.epoch.as_str()),
            ("E2FSPROGS_FAKE_TIME", self.epoch.as_str()),
            ("MKE2FS_CONFIG", self.configuration.as_str()),
        ];
        let program = Program {
            name,
            arguments,
            input,
            search: Some(OsStr::new(SEARCH)),
            limit: LIMIT,
        };
        let output = run_with(&program, &environment)?;
        if output.code == Some(0) {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.trim().is_empty() {
            said = String::from_utf8_lossy(&output.stdout).into_owned();
        }
        let lines: Vec<&str> = said.trim().lines().collect();
        let last = lines.get(lines.len().saturating_sub(SHOWN)..);
        Err(Error::Program {
            program: name.to_owned(),
            said: last.unwrap_or_default().join("\n"),
        })
    }
}
