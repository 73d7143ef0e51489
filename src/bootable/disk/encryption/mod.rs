//! An encrypted root: a LUKS2 volume that is written without the kernel's device mapper.

mod blocks;
mod header;
mod keys;
mod volume;
mod xts;

pub(in crate::bootable::disk) use blocks::Holds;
pub use keys::random;
pub use volume::{Encryption, Passphrase, TangKey};
