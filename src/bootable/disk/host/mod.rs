//! What the one machine of a disk has beside its image: files, users and their homes, its network.

mod accounts;
mod files;
mod followed;
mod home;
mod network;

use super::error::Error;
use super::image::Root;
use super::own::Own;

/// Writes what a machine has beside its image into the root, before the disk is touched.
pub(super) fn fit(own: &Own, root: &Root) -> Result<(), Error> {
    let network = own.network.as_ref();
    let network = network.map(|network| network::files(network, &root.system));
    let network = network.transpose()?.unwrap_or_default();
    files::put_all(&own.files, &network, root)?;
    accounts::add(&own.users, root)
}
