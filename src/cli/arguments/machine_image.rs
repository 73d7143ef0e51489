//! The arguments of the verbs that make disks of images and start them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::{Print, bytes};

/// The file formats of disks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiskFormat {
    /// The bytes of the disk, for real machines and most clouds.
    Raw,
    /// For QEMU, KVM and OpenStack.
    Qcow2,
    /// For VMware.
    Vmdk,
}

/// The file systems of roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FileSystem {
    /// The one that Debian installs on.
    Ext4,
}

/// `terroir disk`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Disk {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// File to write the disk to
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Format of the file: raw, qcow2 or vmdk [default: by the end of its name, else raw]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub format: Option<DiskFormat>,
    /// Size of the disk, such as 8G [default: the image and half of it again]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub size: Option<u64>,
    /// File system of the root: ext4
    #[arg(long, value_enum, default_value = "ext4", hide_possible_values = true)]
    pub filesystem: FileSystem,
    /// Use new identifiers [default: those that the image's digest gives]
    #[arg(long)]
    pub random_uuids: bool,
    /// Replace the file if it exists
    #[arg(long)]
    pub overwrite: bool,
    /// Overwrite the whole device that -o names
    #[arg(long, requires = "yes", conflicts_with_all = ["size", "overwrite"])]
    pub device: bool,
    /// Do so without a question
    #[arg(long, requires = "device")]
    pub yes: bool,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
}

/// `terroir boot`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Boot {
    /// A disk, a recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// Wait so long for the readiness report, then end the machine
    #[arg(long, value_name = "SECONDS")]
    pub until_ready: Option<u64>,
    /// File for the serial console [default: the terminal, or none with --until-ready]
    #[arg(long, value_name = "FILE", requires = "until_ready")]
    pub console: Option<PathBuf>,
    /// Port of this machine that leads to the machine's SSH server [default: a free one]
    #[arg(long, value_name = "PORT")]
    pub ssh_port: Option<u16>,
    /// Memory of the machine, such as 2G
    #[arg(long, value_name = "SIZE", default_value = "2G", value_parser = bytes)]
    pub memory: u64,
    /// Processors of the machine
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub cpus: u32,
    /// Start only what is signed: firmware with Secure Boot
    #[arg(long)]
    pub secure_boot: bool,
    /// Start by a BIOS instead of UEFI
    #[arg(long, conflicts_with = "secure_boot")]
    pub bios: bool,
    /// Give the machine a TPM, which forgets everything at its end
    #[arg(long)]
    pub tpm: bool,
    /// Keep what the machine writes to the disk [default: forget it]
    #[arg(long)]
    pub write: bool,
    /// A second disk that the machine only reads, such as a seed of cloud-init
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Arguments for QEMU, after those of terroir, such as -device i6300esb; the drive is called disk
    #[arg(last = true, value_name = "ARGUMENT")]
    pub qemu: Vec<String>,
    /// How to print.
    #[command(flatten)]
    pub print: Print,
}
