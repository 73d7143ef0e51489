//! Paths in a rendered site: `http` is for the web server, `tftp` for the TFTP server.

use crate::kickstart::value::target::{Installer, Target};

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
pub fn answer(host: &str, target: Target) -> String {
    let name = match target.installer() {
        Installer::Anaconda => "kickstart.ks",
        Installer::Debian => "preseed.cfg",
        Installer::Ubuntu => "user-data",
    };
    format!("{HTTP}/{}/{name}", host_folder(host))
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
