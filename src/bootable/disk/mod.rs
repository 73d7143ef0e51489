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
mod make;
mod order;
mod own;
mod parts;
mod tools;

pub use device::Device;
pub use encryption::{Encryption, Passphrase, random};
pub use error::Error;
pub use make::{BEGINS, make};
pub use order::{FileSystem, Format, Installer, Made, Order, Source};
pub use own::{NetworkProgram, Own, OwnFile, OwnNetwork, OwnUser};
pub use parts::{Inside, Loader, loader};
