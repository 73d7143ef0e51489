//! The document of a host: what an installer makes of the machine.

mod encrypt;
mod file;
mod hash;
mod masked;
mod network;
mod read;
mod region;
mod registry;
mod secret;
mod storage;
mod user;

pub use encrypt::{HostEncryption, TangServer};
pub use file::HostFile;
pub use masked::masked;
pub use read::{Document, document_schema};
pub use region::Region;
pub use registry::{Credentials, Login, RegistryAccess};
pub use secret::{Held, Secret};
pub(in crate::installer) use storage::{HostVolume, Storage};
pub use user::User;

pub(in crate::installer) use hash::check_hash;
