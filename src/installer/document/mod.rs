//! The document of a host: what an installer makes of the machine.

mod hash;
mod masked;
mod network;
mod read;
mod secret;
mod user;

pub use masked::masked;
pub use read::{Document, RegistryAccess, document_schema};
pub use secret::{Held, Secret};
pub use user::User;

pub(in crate::installer) use hash::check_hash;
