//! The name servers that the network tells: systemd-networkd keeps them for a resolver that an installer
//! does not have.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Where systemd-networkd keeps the state of all networks.
const STATE: &str = "run/systemd/netif/state";
/// Where programs look for name servers.
const PLACE: &str = "etc/resolv.conf";

/// Writes them where programs look for them, below a folder that stands for the system.
pub fn write_name_servers(root: &Path) -> io::Result<()> {
    let state = match fs::read_to_string(root.join(STATE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let place = root.join(PLACE);
    match fs::remove_file(&place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::write(place, resolver(&state))
}

/// The lines of resolv.conf(5).
fn resolver(state: &str) -> String {
    let words = |key: &str| {
        let line = state.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap_or_default().split_whitespace()
    };
    let mut text = String::new();
    let domains: Vec<&str> = words("DOMAINS=").collect();
    if !domains.is_empty() {
        // Writing to a text does not fail.
        let _ = writeln!(text, "search {}", domains.join(" "));
    }
    for server in words("DNS=") {
        let _ = writeln!(text, "nameserver {server}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_those_of_the_network() {
        let state = "OPER_STATE=routable\nDNS=10.0.2.3 fec0::3\nDOMAINS=example.org\n";
        let expected = "search example.org\nnameserver 10.0.2.3\nnameserver fec0::3\n";
        assert_eq!(resolver(state), expected);
        assert_eq!(resolver("OPER_STATE=off\n"), "");
        let folder = tempfile::tempdir().unwrap();
        write_name_servers(folder.path()).unwrap();
        assert!(!folder.path().join(PLACE).exists());
    }
}
