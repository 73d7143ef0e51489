//! terroir's own installer: what a machine boots from the network, and what installs it there.
//!
//! `folder` makes kernel and initramfs of an image; `machine` runs inside: it reads what the host is to
//! become, finds the disk, fetches the image by digest and writes it.

mod folder;
mod machine;

pub use folder::{FolderError, FolderWish, LISTING, MARK, write_folder};
pub use machine::{
    Document, Facts, InstallError, Installed, Phase, RegistryAccess, Report, Say, Work,
    document_schema, fill, install, named, select, work_in_memory, write_name_servers,
};
