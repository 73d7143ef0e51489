//! The arguments of the verbs that make installers and run in them.

use std::path::PathBuf;

use clap::Args;

/// `terroir installer`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Installer {
    /// A recipe, an image reference, oci:DIR[:TAG] or oci-archive:FILE
    pub target: String,
    /// Folder for kernel, initramfs and terroir-installer.json, or the image of a medium
    #[arg(short, long, value_name = "DIR|FILE.iso")]
    pub output: PathBuf,
    /// Program terroir for the machines [default: this one]
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Inventory whose hosts and images the medium has, to install them without a network
    #[arg(long, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
    /// Host of the inventory, instead of all [repeatable]
    #[arg(long, value_name = "NAME", requires = "inventory")]
    pub host: Vec<String>,
    /// Write the secrets of the hosts to the medium, where everybody who has it can read them
    #[arg(long, requires = "inventory")]
    pub secrets: bool,
    /// Kernel argument of the medium, such as terroir.host=http://install.example.org/{mac}.json [repeatable]
    #[arg(long, value_name = "ARGUMENT")]
    pub argument: Vec<String>,
    /// Replace the installer that is there
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
    #[arg(long, value_name = "FILE")]
    pub disk_file: Option<PathBuf>,
    /// Folder with the files of a medium, which stands for the medium
    #[arg(
        long,
        value_name = "DIR",
        requires = "disk_file",
        conflicts_with = "document"
    )]
    pub medium: Option<PathBuf>,
}
