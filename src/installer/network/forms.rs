//! The network of a host in every form, of which the image takes one.

use std::fmt::Write as _;

use super::header::HEADER;
use super::{ifupdown, network_manager, networkd};
use crate::bootable::disk::{NetworkProgram, OwnFile, OwnNetwork};
use crate::kickstart::{Connection, Installer, bond_option, netplan};

/// The file for netplan; it is read after those that images have.
const NETPLAN: &str = "/etc/netplan/90-terroir.yaml";

/// All forms of the network of a host.
pub(in crate::installer) fn forms(connections: &[Connection]) -> OwnNetwork {
    OwnNetwork {
        forms: vec![
            (NetworkProgram::Netplan, plan(connections)),
            (
                NetworkProgram::NetworkManager,
                Ok(network_manager::files(connections)),
            ),
            (NetworkProgram::Networkd, networkd::files(connections)),
            (NetworkProgram::Ifupdown, ifupdown::files(connections)),
        ],
        resolver: resolver(connections),
    }
}

/// The file for netplan; else what it cannot say.
fn plan(connections: &[Connection]) -> Result<Vec<OwnFile>, String> {
    let bonds = connections.iter().filter_map(|one| one.bond.as_ref());
    for (name, value) in bonds.flat_map(|bond| &bond.options) {
        let option = bond_option::find(name);
        if !option.is_some_and(|option| option.is_known_to(Installer::Ubuntu, value)) {
            return Err(format!("netplan cannot say {name}={value} of a bond"));
        }
    }
    let plan = serde_json::json!({ "network": netplan(connections) });
    // JSON is YAML, too.
    let text = format!("{HEADER}{plan:#}\n");
    Ok(vec![OwnFile::private(NETPLAN, text)])
}

/// The text of resolv.conf(5), where connections name servers.
fn resolver(connections: &[Connection]) -> Option<String> {
    let mut text = HEADER.to_owned();
    let search = connections.iter().flat_map(|one| &one.search);
    let search: Vec<&str> = search.map(String::as_str).collect();
    if !search.is_empty() {
        // Writing to a text does not fail.
        let _ = writeln!(text, "search {}", search.join(" "));
    }
    for server in connections.iter().flat_map(|one| &one.dns) {
        let _ = writeln!(text, "nameserver {server}");
    }
    (text != HEADER).then_some(text)
}
