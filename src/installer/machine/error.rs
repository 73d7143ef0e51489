//! Why a machine is not installed.

use std::io;

use crate::bootable::disk;
use crate::origin::Diagnostic;
use crate::{engine, process, registry, store};

/// Why a machine could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The address of the document cannot be made up.
    #[error("the address {address} names no document: {why}")]
    Address {
        /// The address as it is written.
        address: String,
        /// What is wrong.
        why: String,
    },
    /// The document is not valid.
    #[error("the document of the host is not valid")]
    Document(Vec<Diagnostic>),
    /// The medium that the kernel was started from is not there.
    #[error("no device of this machine has the medium {0}")]
    NoMedium(String),
    /// What is on the medium cannot be read.
    #[error("{place} does not say what is on a medium: {why}")]
    Medium {
        /// The file.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// Several hosts of the medium.
    #[error("this machine is several hosts of the medium: {0}")]
    Hosts(String),
    /// No disk, or several.
    #[error("{0}")]
    Disk(String),
    /// A secret that cannot be fetched.
    #[error("the secret at {place} cannot be fetched")]
    Place {
        /// Its address.
        place: String,
        /// Why not.
        #[source]
        source: Box<registry::Error>,
    },
    /// A secret that is not what it should be; it is not repeated.
    #[error("{0}")]
    Secret(String),
    /// A Tang server that does not answer.
    #[error("the Tang server {url} does not say its keys")]
    Tang {
        /// Its address.
        url: String,
        /// Why not.
        #[source]
        source: Box<registry::Error>,
    },
    /// A Tang server that is not the one that is meant.
    #[error("the Tang server {url} cannot open a root: {why}")]
    TangKeys {
        /// Its address.
        url: String,
        /// What stands against it.
        why: String,
    },
    /// An image that opens no such root.
    #[error("machines could not open a root that is encrypted with {method}: {why}")]
    Encryption {
        /// What is to open it.
        method: &'static str,
        /// What stands against it.
        why: String,
    },
    /// An image that finds no root on logical volumes.
    #[error("machines could not find a root on a logical volume: {0}")]
    Logical(String),
    /// An image for other machines.
    #[error("{image} has no image for {wanted}")]
    Platform {
        /// The image.
        image: String,
        /// What the machine is.
        wanted: String,
    },
    /// Too little memory.
    #[error(
        "the image is unpacked in memory, which takes more than {} MiB; {} MiB are free, and nothing \
         was written", needed >> 20, free >> 20
    )]
    Memory {
        /// Bytes that are needed at least.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The memory did not suffice.
    #[error("the image is unpacked in memory, of which this machine has too little")]
    Full(#[source] Box<Self>),
    /// The device.
    #[error(transparent)]
    Device(#[from] disk::Error),
    /// The script that finds the disk.
    #[error(transparent)]
    Ran(#[from] process::Error),
    /// A registry or a web server.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The making of the disk.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// A file failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment.
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl InstallError {
    /// Turns what the system said into an error.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Address { .. } => {
                "the kernel argument terroir.host= takes an address with {mac}, {serial} and {uuid}"
                    .to_owned()
            }
            Self::NoMedium(_) => {
                "leave the medium in the machine until it is installed; the kernel needs drivers for it \
                 and for iso9660"
                    .to_owned()
            }
            Self::Medium { .. } => {
                "make the medium again with `terroir installer TARGET -o FILE.iso`".to_owned()
            }
            Self::Hosts(_) => {
                "correct the hardware addresses, serial numbers and UUIDs in the inventory".to_owned()
            }
            Self::Disk(_) => "state the disk that is meant in the document of the host".to_owned(),
            Self::Encryption { method, .. } => format!(
                "add the layer `disk-encryption` with `{method}` among its methods to the image"
            ),
            Self::Logical(_) => {
                "add the package lvm2 to the image, whose initramfs then has it, or write `layout: plain`"
                    .to_owned()
            }
            Self::Place { .. } => {
                "an install server hands each secret out once in an attempt; another attempt \
                                   begins with `terroir kickstart arm`"
                    .to_owned()
            }
            Self::Tang { .. } => {
                "start it, or remove it from the `tang` of the document; the installer needs it once".to_owned()
            }
            Self::TangKeys { .. } => {
                "compare the `thumbprint` with what `tang-show-keys` prints on the server".to_owned()
            }
            Self::Secret(_) => "put the right secret where the document says it is".to_owned(),
            Self::Platform { .. } => "name the digest of an image for this machine".to_owned(),
            Self::Memory { .. } | Self::Full(_) => "give the machine more memory".to_owned(),
            Self::Device(error) => return error.hint(),
            Self::Registry(error) => return error.hint(),
            _ => return None,
        })
    }
}
