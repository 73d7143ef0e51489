//! Profiles of NetworkManager (nm-settings-keyfile(5)), one for each device.

use std::fmt::Write as _;

use super::device::{Above, Device, Kind, Name, devices};
use super::header::HEADER;
use crate::bootable::disk::OwnFile;
use crate::kickstart::{Address, Address6, Bond, Connection};

/// Where profiles are.
const FOLDER: &str = "/etc/NetworkManager/system-connections";

/// The profiles of connections.
pub(super) fn files(connections: &[Connection]) -> Vec<OwnFile> {
    let devices = connections.iter().flat_map(devices);
    let files = devices.map(|device| {
        let path = format!("{FOLDER}/{}.nmconnection", device.file_name());
        OwnFile::private(&path, profile(&device))
    });
    files.collect()
}

// Writing to a text does not fail.
fn profile(device: &Device<'_>) -> String {
    let mut text = HEADER.to_owned();
    let kind = match &device.kind {
        Kind::Ethernet => "ethernet",
        Kind::Bond(_) => "bond",
        Kind::Vlan(..) => "vlan",
        Kind::Bridge => "bridge",
    };
    let _ = writeln!(text, "[connection]\nid={}\ntype={kind}", device.file_name());
    if let Name::Known(name) = &device.name {
        let _ = writeln!(text, "interface-name={name}");
    }
    let is_port = match &device.above {
        Above::Bond(name) => Some(("bond", name)),
        Above::Bridge(name) => Some(("bridge", name)),
        Above::Vlan(_) | Above::Nothing => None,
    };
    if let Some((kind, name)) = is_port {
        let _ = writeln!(text, "master={name}\nslave-type={kind}");
    }
    link(device, &mut text);
    match &device.kind {
        Kind::Bond(bond) => options(bond, &mut text),
        Kind::Vlan(id, below) => {
            let _ = writeln!(text, "\n[vlan]\nid={id}");
            if let Name::Known(below) = below {
                let _ = writeln!(text, "parent={below}");
            }
        }
        Kind::Ethernet | Kind::Bridge => {}
    }
    match &device.above {
        // A port has no address.
        Above::Bond(_) | Above::Bridge(_) => {}
        Above::Vlan(_) => text.push_str("\n[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=disabled\n"),
        Above::Nothing => addresses(device.connection, &mut text),
    }
    text
}

/// The hardware address by which the device, or the one below, is told, and the size of packets.
fn link(device: &Device<'_>, text: &mut String) {
    let mac = match (&device.name, &device.kind) {
        (Name::Address(mac), _) | (_, Kind::Vlan(_, Name::Address(mac))) => Some(mac),
        _ => None,
    };
    let mtu = device.connection.mtu;
    if mac.is_some() || mtu.is_some() {
        text.push_str("\n[ethernet]\n");
    }
    if let Some(mac) = mac {
        let _ = writeln!(text, "mac-address={mac}");
    }
    if let Some(mtu) = mtu {
        let _ = writeln!(text, "mtu={mtu}");
    }
}

fn options(bond: &Bond, text: &mut String) {
    let _ = writeln!(text, "\n[bond]\nmode={}", bond.mode);
    for (name, value) in &bond.options {
        let _ = writeln!(text, "{name}={value}");
    }
}

fn addresses(connection: &Connection, text: &mut String) {
    let four = match connection.address {
        Address::Dhcp => "auto",
        Address::Off => "disabled",
        Address::Fixed(_) => "manual",
    };
    let six = match connection.ipv6 {
        Address6::Auto => "auto",
        Address6::Dhcp => "dhcp",
        Address6::Off => "disabled",
        Address6::Fixed(_) => "manual",
    };
    let families = [
        ("ipv4", four, connection.stated(), true),
        ("ipv6", six, connection.ipv6_stated(), false),
    ];
    for (family, method, stated, is_four) in families {
        let _ = writeln!(text, "\n[{family}]\nmethod={method}");
        if let Some(stated) = stated {
            let _ = writeln!(text, "address1={stated}");
        }
        let mut gateways = connection.gateways();
        if let Some(gateway) = gateways.find(|gateway| gateway.is_ipv4() == is_four) {
            let _ = writeln!(text, "gateway={gateway}");
        }
        if method == "disabled" {
            continue;
        }
        let servers = connection.dns.iter();
        let servers = servers.filter(|server| server.is_ipv4() == is_four);
        let servers: Vec<String> = servers.map(ToString::to_string).collect();
        for (key, values) in [("dns", &servers), ("dns-search", &connection.search)] {
            if !values.is_empty() {
                let _ = writeln!(text, "{key}={};", values.join(";"));
            }
        }
    }
}
