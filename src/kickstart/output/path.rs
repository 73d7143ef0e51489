//! Paths in a rendered site: `http` is for the web server, `tftp` for the TFTP server.

use crate::kickstart::value::target::Installer;
use crate::registry::Reference;

/// The folder that the web server serves.
pub const HTTP: &str = "http";
/// The folder that the TFTP server serves.
pub const TFTP: &str = "tftp";

/// The folder of the configurations of DHCP servers, which no server serves.
pub const DHCP: &str = "dhcp";

/// The folder of a host below the web server's folder.
#[must_use]
pub fn host_folder(host: &str) -> String {
    format!("hosts/{host}")
}

/// The file that answers all questions of a host's installer, relative to the output folder.
#[must_use]
pub fn answer(host: &str, installer: Installer) -> String {
    let name = match installer {
        Installer::Anaconda => "kickstart.ks",
        Installer::Debian => "preseed.cfg",
        Installer::Ubuntu => "user-data",
        Installer::Own => "host.json",
    };
    format!("{HTTP}/{}/{name}", host_folder(host))
}

/// The folder of terroir's own installer of an image, below the folders of both servers.
#[must_use]
pub(in crate::kickstart) fn installer_folder(reference: &str) -> String {
    let name = match Reference::parse(reference) {
        Ok(reference) => format!("{}/{}", reference.registry(), reference.repository()),
        Err(_) => reference.to_owned(),
    };
    // Loaders take what is before a colon for a server.
    format!("terroir/{}", name.replace(':', "_"))
}

/// Where a secret of a host is asked for, relative to the server's URL.
#[must_use]
pub fn secret(host: &str, name: &str) -> String {
    format!("secrets/{host}/{name}")
}

/// Where a host reports a state, relative to the server's URL.
#[must_use]
pub fn report(host: &str) -> String {
    format!("report/{host}")
}
