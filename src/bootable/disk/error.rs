//! Why a disk cannot be made.

use std::io;
use std::path::PathBuf;

use crate::bootable::LifeCycle;
use crate::bootable::needed::install;
use crate::bootable::{machine, ostree};
use crate::{process, store, tree};

/// Why a disk could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Programs that this machine lacks, each with the Debian package that has it.
    #[error("a disk needs programs that are not installed: {}", programs(.0))]
    Programs(Vec<(&'static str, &'static str)>),
    /// Programs that this machine lacks for a medium, each with the Debian package that has it.
    #[error("a medium needs programs that are not installed: {}", programs(.0))]
    MediumPrograms(Vec<(&'static str, &'static str)>),
    /// An image that was not made to boot.
    #[error("it has no /usr/lib/terroir/life-cycle, so nothing says how its machines live")]
    NotBootable,
    /// A life cycle that disks are not made of.
    #[error("its life cycle is `{0}`, of which no disks are made; they are of: ostree, plain")]
    LifeCycle(String),
    /// A life cycle whose machines bootc does not update.
    #[error("its life cycle is `{0}`, and --bootc is for images that bootc updates")]
    NotBootc(String),
    /// An image without bootc.
    #[error("it has no /usr/bin/bootc, which would install it")]
    NoBootc,
    /// The image's installer failed.
    #[error("bootc's installer ended with exit code {code}{}", shown(said))]
    Installer {
        /// Its exit code.
        code: u8,
        /// Its last lines.
        said: String,
    },
    /// The machine for the installer.
    #[error(transparent)]
    Machine(#[from] machine::Error),
    /// No kernel, or several.
    #[error("{}", kernels(.0))]
    Kernels(Vec<String>),
    /// A part of the boot chain that the image lacks.
    #[error("it has no {part}")]
    NoPart {
        /// The path in the image.
        part: String,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// Something in the image that a disk cannot be made from.
    #[error("{path}: {why}")]
    Image {
        /// The path in the image.
        path: String,
        /// What is wrong there.
        why: String,
    },
    /// Something that the one machine is to have, and the image does not go with.
    #[error("what the host is to have does not fit the image: {why}")]
    Host {
        /// What is wrong.
        why: String,
        /// What to do about it.
        hint: String,
    },
    /// A disk that the image does not fit on.
    #[error("a disk of {size} bytes is too small: the image needs {needed} bytes ({})", mebibytes(*.needed))]
    TooSmall {
        /// The size that was asked for.
        size: u64,
        /// The least size that is enough.
        needed: u64,
    },
    /// A volume that is smaller than what it has to hold.
    #[error("{} of {size} bytes is too small: it needs {needed} bytes ({})", volume(place), mebibytes(*.needed))]
    Volume {
        /// Where it is mounted; empty for swap space.
        place: String,
        /// The size that was asked for.
        size: u64,
        /// The least size that is enough.
        needed: u64,
    },
    /// Too little room for the work.
    #[error("{} has {free} bytes left; the disk takes about {needed}", folder.display())]
    NoRoom {
        /// Where.
        folder: PathBuf,
        /// Bytes that may be written there.
        free: u64,
        /// Bytes that will be.
        needed: u64,
    },
    /// A device that no disk is written to.
    #[error("{} is not overwritten: {why}", path.display())]
    Device {
        /// The device.
        path: PathBuf,
        /// What stands against it.
        why: String,
    },
    /// A program failed.
    #[error("{program} failed: {said}")]
    Program {
        /// Its name and first words.
        program: String,
        /// What it said.
        said: String,
    },
    /// A program could not be run.
    #[error(transparent)]
    Ran(#[from] process::Error),
    /// A layer that cannot be read.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// OSTree.
    #[error(transparent)]
    Ostree(#[from] ostree::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
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

impl Error {
    /// Turns what the system said into an error.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Programs(missing) | Self::MediumPrograms(missing) => Some(install(missing.iter().map(|(_, package)| *package))),
            Self::NotBootable => Some(
                "add the layer `bootable` to its recipe; an image of another origin that bootc \
                 updates is installed by its own bootc: `terroir disk --bootc`"
                    .to_owned(),
            ),
            Self::LifeCycle(word) if word == LifeCycle::Bootc.name() => {
                Some("its own bootc installs it: `terroir disk --bootc`".to_owned())
            }
            Self::NotBootc(_) => Some("leave --bootc out".to_owned()),
            Self::NoBootc => Some(
                "derive from an image that carries bootc, or use the life cycle ostree".to_owned(),
            ),
            Self::Machine(machine::Error::Late { .. }) => {
                Some("a machine without KVM takes minutes; more time: --bootc=SECONDS".to_owned())
            }
            Self::Machine(machine::Error::Stopped { .. }) => Some(
                "the image's initramfs needs the modules virtio_pci, virtio_blk and ext4, and the image \
                 systemd with udev"
                    .to_owned(),
            ),
            Self::Machine(error) => error.hint(),
            Self::Kernels(found) if found.is_empty() => {
                Some("add the layer `bootable`, which installs a kernel".to_owned())
            }
            Self::Kernels(_) => {
                Some("a bootable image has one kernel: remove the others".to_owned())
            }
            Self::NoPart { package, .. } => Some(format!(
                "the layer `bootable` brings it; it is in the package {package}"
            )),
            Self::Host { hint, .. } => Some(hint.clone()),
            Self::TooSmall { needed, .. } => Some(format!(
                "name at least {} with --size, or leave it out",
                mebibytes(*needed)
            )),
            Self::Volume { needed, .. } => {
                Some(format!("give it at least {}", mebibytes(*needed)))
            }
            Self::NoRoom { .. } => {
                Some("free some space there, or name another place with -o or --store".to_owned())
            }
            Self::Program { said, .. } if said.contains("No space left") => {
                Some("free some space where the disk and the store are".to_owned())
            }
            _ => None,
        }
    }
}

/// What a volume is called.
fn volume(place: &str) -> String {
    match place {
        "" => "swap space".to_owned(),
        place => format!("the volume {place}"),
    }
}

/// A size as `--size` takes it, rounded up.
fn mebibytes(bytes: u64) -> String {
    format!("{}M", bytes.div_ceil(1 << 20))
}

fn shown(said: &str) -> String {
    match said.is_empty() {
        true => String::new(),
        false => format!("; its last lines:\n{said}"),
    }
}

fn programs(missing: &[(&str, &str)]) -> String {
    let names: Vec<String> = missing
        .iter()
        .map(|(program, package)| format!("{program} (package {package})"))
        .collect();
    names.join(", ")
}

fn kernels(found: &[String]) -> String {
    match found {
        [] => "it has no kernel: there is no /usr/lib/modules/VERSION/vmlinuz".to_owned(),
        several => format!("it has {} kernels: {}", several.len(), several.join(", ")),
    }
}
