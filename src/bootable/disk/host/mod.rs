//! What the one machine of a disk has beside its image: files, users and their homes.

mod accounts;
mod home;

use super::error::Error;
use super::image::{Root, put};
use super::own::Own;

/// Writes what a machine has beside its image into the root, before the disk is touched.
pub(super) fn fit(own: &Own, root: &Root) -> Result<(), Error> {
    for file in &own.files {
        put(&root.system, &file.path, (&file.text, file.mode))?;
    }
    accounts::add(&own.users, root)
}
