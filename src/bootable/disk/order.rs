//! What a disk is made of, and how it is wanted.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::encryption::Encryption;
use super::own::Own;
use crate::bootable::ostree::Layers;

/// The first time that FAT knows, 1980-01-01.
pub(super) const FIRST_TIME: u64 = 315_532_800;

/// A file format of disks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// The bytes of the disk.
    Raw,
    /// That of QEMU, version 2.
    Qcow2,
    /// That of VMware, as streams are written.
    Vmdk,
}

/// A file system that bootc's installer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileSystem {
    /// The fourth extended file system.
    Ext4,
    /// XFS.
    Xfs,
    /// Btrfs.
    Btrfs,
}

impl FileSystem {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }
}

/// An installation by the bootc of the image, in place of a disk that terroir fills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installer {
    /// The file system of the root; what the image says, else ext4, when absent.
    pub file_system: Option<FileSystem>,
    /// The name in a registry that machines get updates by, if there is one.
    pub follows: Option<String>,
    /// After how many seconds it is ended.
    pub limit: u64,
}

/// The image that a disk is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The store that has its layers.
    pub store: PathBuf,
    /// Its layers, and what else an import needs; no time on the disk is later than its creation.
    pub image: Layers,
    /// Where it came from, as it was named.
    pub reference: String,
    /// The architecture, as OCI calls it.
    pub architecture: String,
}

/// A disk as it is wanted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The image.
    pub source: Source,
    /// A folder for the work, which is empty but for what [`Order::layout`] names.
    pub work: PathBuf,
    /// The file that becomes the disk, which is there and empty, or a device.
    pub output: PathBuf,
    /// The format of the file.
    pub format: Format,
    /// The size of the disk in bytes; what suits the image when absent.
    pub size: Option<u64>,
    /// The identifiers of disk and file systems derive from it.
    pub seed: String,
    /// How the root is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// How the image's own bootc installs it, if it does.
    pub installer: Option<Installer>,
    /// What it has beside the image.
    pub own: Own,
}

impl Order {
    /// Where an installer finds the image as an OCI layout, below a folder of the work.
    #[must_use]
    pub fn layout(work: &Path) -> PathBuf {
        work.join("layout/image")
    }

    /// No time on the disk is later, in seconds since 1970; FAT knows none before 1980.
    pub(super) fn epoch(&self) -> u64 {
        self.source.image.created.max(FIRST_TIME)
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The size of the disk in bytes.
    pub size: u64,
    /// The life cycle of its machines.
    pub life_cycle: String,
    /// What was left out or deserves attention, a sentence each.
    pub notes: Vec<String>,
}
