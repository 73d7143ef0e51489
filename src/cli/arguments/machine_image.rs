//! The arguments of the verbs that make disks of images and start them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::audit::{name_of_format, report};
use super::options::bytes;
use crate::audit::Format;

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
    /// The one of RHEL; with --bootc alone.
    Xfs,
    /// The one of Fedora's desktops; with --bootc alone.
    Btrfs,
}

/// What opens an encrypted root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Unlocking {
    /// Somebody types it when the machine starts.
    Passphrase,
    /// The machine's TPM; the machine encrypts the root at its first start.
    Tpm2,
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
    /// Let the image's own bootc install it, inside a virtual machine; wait so long for it [default: 3600]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "3600")]
    pub bootc: Option<u64>,
    /// File system of the root: ext4; with --bootc also xfs or btrfs [default: ext4, with --bootc what the image says]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub filesystem: Option<FileSystem>,
    /// Encrypt the root, which is opened by: passphrase or tpm2
    #[arg(long, value_enum, value_name = "METHOD", hide_possible_values = true)]
    pub encrypt: Option<Unlocking>,
    /// File with the passphrase, in one line; - is the standard input
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    pub passphrase_file: Option<PathBuf>,
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
    /// Run the flavour's tests inside the machine, then end it; wait so long for them [default: 900]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "900", conflicts_with = "until_ready")]
    pub test: Option<u64>,
    /// Program terroir that runs the tests in the machine [default: this one]
    #[arg(long, value_name = "FILE", requires = "test")]
    pub program: Option<PathBuf>,
    /// File for the serial console [default: the terminal; none with --until-ready or --test]
    #[arg(long, value_name = "FILE")]
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
    /// Give the machine a TPM whose state is kept in this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "tpm")]
    pub tpm_state: Option<PathBuf>,
    /// Keep what the machine writes to the disk [default: forget it]
    #[arg(long)]
    pub write: bool,
    /// A second disk that the machine only reads, such as a seed of cloud-init
    #[arg(long, value_name = "FILE")]
    pub seed: Option<PathBuf>,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Output format: text or json; with --test also junit
    #[arg(long, default_value = "text", value_parser = name_of_format)]
    pub format: Format,
    /// Write the results of the tests to this file instead of standard output
    #[arg(short, long, value_name = "FILE", requires = "test")]
    pub output: Option<PathBuf>,
    /// Also write the results of the tests to a file, such as junit=tests.xml; repeatable
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report, requires = "test")]
    pub reports: Vec<(Format, PathBuf)>,
    /// Arguments for QEMU, after those of terroir, such as -device i6300esb; the drive is called disk
    #[arg(last = true, value_name = "ARGUMENT")]
    pub qemu: Vec<String>,
}
