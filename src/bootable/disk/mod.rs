//! Disk images: partitions, boot loader, and the root in the form of its life cycle.

mod convert;
mod device;
mod encryption;
mod error;
mod file_system;
mod host;
mod identity;
mod image;
mod installer;
mod layout;
mod loader;
mod lvm;
mod make;
mod medium;
mod mounts;
mod needs;
mod order;
mod own;
mod part;
mod parts;
mod systems;
mod tools;

pub use device::Device;
pub use encryption::{Encryption, Passphrase, TangKey, random};
pub use error::Error;
pub use loader::{MEDIUM_CORE_STUB, MEDIUM_MARK};
pub use make::{BEGINS, make};
pub use medium::{Medium, MediumBios, make_medium};
pub use order::{FileSystem, Format, Installer, Made, Order, Source};
pub use own::{
    NetworkProgram, Own, OwnFile, OwnNetwork, OwnRegion, OwnStorage, OwnUpdates, OwnUser, OwnVolume,
};
pub use parts::{Inside, Loader, loader};
pub use tools::missing_for_medium;
