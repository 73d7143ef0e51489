//! The arguments of the verbs that make installers and run in them.

use std::path::PathBuf;

use clap::Args;

/// `terroir installer`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Installer {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// Folder to write kernel, initramfs and terroir-installer.json to
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Program terroir for the machines [default: this one]
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Replace the installer that is in the folder
    #[arg(long)]
    pub overwrite: bool,
    /// Platform [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
}

/// `terroir install`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Install {
    /// Document of the host, a file or an address [default: what terroir.host= names]
    #[arg(long, value_name = "FILE|URL")]
    pub document: Option<String>,
    /// File that stands for the disk, of the size that the disk has
    #[arg(long, value_name = "FILE", requires = "document")]
    pub disk_file: Option<PathBuf>,
}
