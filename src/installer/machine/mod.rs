//! What runs inside an installer, on the machine that is installed.

mod address;
mod clear;
mod document;
mod error;
mod install;
mod memory;
mod name_servers;
mod report;
mod select;

pub use address::{Facts, fill, named};
pub use document::{Document, RegistryAccess, document_schema};
pub use error::InstallError;
pub use install::{Installed, Say, Work, install};
pub use memory::work_in_memory;
pub use name_servers::write_name_servers;
pub use report::{Phase, Report};
pub use select::select;
