//! OSTree repositories: their objects, references and settings, read and written as OSTree does.

mod checksum;
mod folder;
mod object;
mod open;
mod reference;
mod staging;
mod tree;
mod variant;

pub use checksum::Checksum;
pub(in crate::bootable::ostree) use folder::{Folder, Implied, Node};
pub(in crate::bootable::ostree) use object::{CommitObject, Meta, Value};
pub use open::{Mode, Repository};
pub(in crate::bootable::ostree) use staging::Staging;
