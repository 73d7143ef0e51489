//! All that a machine has beside its image.

use super::{accounts, files, network};
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::Root;
use crate::bootable::disk::own::Own;

/// Writes what a machine has beside its image into the root, before the disk is touched.
pub(in crate::bootable::disk) fn fit(own: &Own, root: &Root) -> Result<(), Error> {
    let network = own.network.as_ref();
    let network = network.map(|network| network::files(network, &root.system));
    let network = network.transpose()?.unwrap_or_default();
    files::put_all(&own.files, &network, root)?;
    accounts::add(&own.users, root)
}
