//! terroir's own installer: what a machine boots from the network, and what installs it there.
//!
//! `folder` makes kernel and initramfs of an image; `document` says what a host is to become, `network`
//! how files of programs say its network, `tang` which keys servers give back; `machine` runs inside: it reads the
//! document, finds the disk, fetches the image by digest and writes it. `medium` puts an installer on a medium, with
//! images and documents.

mod document;
mod folder;
mod machine;
mod medium;
mod network;
mod tang;

pub use document::{
    Credentials, Document, Held, HostEncryption, HostFile, Login, Region, RegistryAccess, Secret,
    TangServer, User, document_schema, masked,
};
pub use folder::{Folder, FolderError, FolderWish, LISTING, MARK, write_folder};
pub use machine::{
    Facts, FoundDisk, InstallError, Installed, MediumFolder, Phase, Report, Say, Token, Work,
    disk_of_file, fill, found_disks, install, machine, medium_label, mount_medium, named, select,
    wipe, work_in_memory, write_name_servers,
};
pub use medium::{
    Carried, Contents, Machine, MediumHost, MediumImage, MediumWish, PLACE, WrittenMedium,
    secret_place, write_medium,
};
