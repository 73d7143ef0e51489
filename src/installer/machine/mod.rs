//! What runs inside an installer, on the machine that is installed.

mod address;
mod auth_file;
mod clear;
mod disks;
mod error;
mod install;
mod medium;
mod memory;
mod name_servers;
mod own;
mod report;
mod reveal;
mod select;
mod suits;
mod token;
mod wipe;
mod work;

pub use address::{Facts, fill, named};
pub use disks::{FoundDisk, disk_of_file, found_disks};
pub use error::InstallError;
pub use install::{Installed, install};
pub use medium::{MediumFolder, machine, medium_label, mount_medium};
pub use memory::work_in_memory;
pub use name_servers::write_name_servers;
pub use report::{Phase, Report};
pub use select::select;
pub use token::Token;
pub use wipe::wipe;
pub use work::{Say, Work};
