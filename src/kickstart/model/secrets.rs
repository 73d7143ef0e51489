//! The secrets that a host asks for while it is installed.

use super::host::Host;
use super::site::Site;
use crate::kickstart::value::secret::Secret;
use crate::origin::Sourced;

/// The name of the secret that disks are encrypted with.
pub(in crate::kickstart) const PASSPHRASE: &str = "passphrase";
/// The name of the credentials of its image's registry.
pub(in crate::kickstart) const REGISTRY: &str = "registry";

/// The name by which a host asks for the hash of a password.
pub(in crate::kickstart) fn password_secret(login: &str) -> String {
    format!("password-{login}")
}

/// The secrets that a host asks for while it is installed, by name.
#[must_use]
pub fn secrets(site: &Site, host: &Host) -> Vec<(String, Sourced<Secret>)> {
    let mut all = Vec::new();
    if let Some(passphrase) = &host.encryption.passphrase
        && host.encryption.is_on()
    {
        all.push((PASSPHRASE.to_owned(), passphrase.clone()));
    }
    if let Some(password) = &host.root_password {
        all.push((password_secret("root"), password.clone()));
    }
    for user in &host.users {
        if let Some(password) = &user.password {
            all.push((password_secret(&user.login), password.clone()));
        }
    }
    let is_image = host.installer.installs_images();
    let registry = site.registry_of(host).filter(|_| is_image);
    if let Some(credentials) = registry.and_then(|registry| registry.credentials.as_ref()) {
        all.push((REGISTRY.to_owned(), credentials.clone()));
    }
    all
}

/// Whether a host that an image is installed on asks for a secret, or reports one.
fn has_secret(site: &Site, host: &Host) -> bool {
    let reports = host.encryption.recovery_key && host.encryption.is_on();
    host.installer.installs_images() && (reports || !secrets(site, host).is_empty())
}

/// Whether any such host does.
pub(in crate::kickstart) fn hands_out_secrets(site: &Site) -> bool {
    site.hosts.values().any(|host| has_secret(site, host))
}

/// Where a host asks for its secrets, and reports its recovery keys: packages' installers trust no authority of the site.
pub(in crate::kickstart) fn secrets_url<'a>(site: &'a Site, host: &Host) -> &'a str {
    let own = site.server.secrets_url.as_ref();
    let own = own.filter(|_| has_secret(site, host));
    &own.unwrap_or(&site.server.url).value
}
