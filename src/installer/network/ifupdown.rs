//! The file of ifupdown (interfaces(5)), as Debian's installer writes it.

use std::fmt::Write as _;

use super::header::HEADER;
use crate::bootable::disk::OwnFile;
use crate::kickstart::{Address, Address6, Connection, stanzas};

/// The file; it takes the place of the image's.
const FILE: &str = "/etc/network/interfaces";
/// Kernel parameters of interfaces.
const PARAMETERS: &str = "/etc/sysctl.d/60-terroir-network.conf";
/// The size of packets of an interface of which nothing else is said.
const USUAL: u16 = 1500;
const BEGIN: &str = "source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n";

/// The files of connections; else what cannot be said.
pub(super) fn files(connections: &[Connection]) -> Result<Vec<OwnFile>, String> {
    let mut text = format!("{HEADER}{BEGIN}");
    let mut parameters = HEADER.to_owned();
    for (number, connection) in connections.iter().enumerate() {
        let name = begin(number, connection, &mut text)?;
        for (method, lines) in stanzas(connection) {
            // Writing to a text does not fail.
            let _ = writeln!(text, "iface {name} {method}");
            for line in lines.into_iter().chain(link(connection, method)) {
                let _ = writeln!(text, "\t{line}");
            }
        }
        if connection.ipv6 == Address6::Off {
            let name = name.replace('.', "/");
            let _ = writeln!(parameters, "net.ipv6.conf.{name}.disable_ipv6 = 1");
        }
    }
    let mut files = vec![OwnFile::public(FILE, text)];
    if parameters != HEADER {
        files.push(OwnFile::public(PARAMETERS, parameters));
    }
    Ok(files)
}

/// Begins the stanzas of a connection; gives the name that they are of.
fn begin(number: usize, connection: &Connection, text: &mut String) -> Result<String, String> {
    let refused = |what: &str| Err(format!("ifupdown alone {what}"));
    if connection.bond.is_some() {
        return refused("makes no bonds");
    }
    if connection.bridge.is_some() {
        return refused("makes no bridges");
    }
    if connection.interface.is_none() && connection.ipv6 == Address6::Off {
        return refused("turns IPv6 off only on an interface that is known by its name");
    }
    // The interface below keeps its own size, and the method of DHCP has no key for one.
    let is_large = connection.vlan.is_some() && connection.mtu > Some(USUAL);
    if is_large || connection.mtu.is_some() && connection.address == Address::Dhcp {
        return refused("sets no size of packets with DHCP, and none above 1500 of a VLAN");
    }
    match (&connection.interface, connection.vlan, connection.mac) {
        (Some(interface), None, _) => {
            let _ = writeln!(text, "\nauto {interface}");
            Ok(interface.clone())
        }
        (Some(interface), Some(vlan), _) => {
            let name = format!("{interface}.{vlan}");
            let _ = writeln!(text, "\nauto {name}");
            Ok(name)
        }
        (None, None, Some(mac)) => {
            let name = format!("link{number}");
            let _ = writeln!(text, "\nauto /mac/{mac}={name}");
            Ok(name)
        }
        (None, _, _) => refused("puts a VLAN only on an interface that is known by its name"),
    }
}

/// What is said of the device, once.
fn link(connection: &Connection, method: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let is_first = method.starts_with("inet ") || stanzas(connection).len() == 1;
    if !is_first {
        return lines;
    }
    lines.extend(connection.mtu.map(|mtu| format!("mtu {mtu}")));
    let servers: Vec<String> = connection.dns.iter().map(ToString::to_string).collect();
    for (key, values) in [
        ("dns-nameservers", &servers),
        ("dns-search", &connection.search),
    ] {
        if !values.is_empty() {
            lines.push(format!("{key} {}", values.join(" ")));
        }
    }
    lines
}
