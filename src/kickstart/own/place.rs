//! Where a host asks for its secrets.

use crate::kickstart::model::host::Host;
use crate::kickstart::model::secrets::secrets_url;
use crate::kickstart::model::site::Site;
use crate::kickstart::output::path;

/// The address of a secret.
pub(super) fn place(site: &Site, host: &Host, name: &str) -> String {
    format!(
        "{}/{}",
        secrets_url(site, host),
        path::secret(&host.name, name)
    )
}
