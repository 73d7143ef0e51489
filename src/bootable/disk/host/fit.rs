//! All that a machine has beside its image.

use super::{accounts, files, first_boot, network, region};
use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::Root;
use crate::bootable::disk::own::Own;

/// Writes what a machine has beside its image into the root, before the disk is touched.
pub(in crate::bootable::disk) fn fit(own: &Own, root: &Root) -> Result<(), Error> {
    let network = own.network.as_ref();
    let network = network.map(|network| network::files(network, &root.system));
    let network = network.transpose()?.unwrap_or_default();
    let mut given = own.files.clone();
    if root.is_deployed() {
        given.extend(own.updates.credentials.clone());
    }
    files::put_all(&given, &network, root)?;
    region::write(&own.region, &root.system)?;
    first_boot::write(&own.first_boot, &root.system)?;
    accounts::add(&own.users, root)
}
