//! Files of systemd-networkd (systemd.network(5), systemd.netdev(5)).

use std::fmt::Write as _;

use super::device::{Above, Device, Kind, Name, devices};
use super::header::HEADER;
use crate::bootable::disk::OwnFile;
use crate::kickstart::{Address, Address6, Bond, Connection, bond_option};

/// Where files are, and what they begin with: before what images have for all devices.
const BEGIN: &str = "/etc/systemd/network/10-";

/// The files of connections; else what cannot be said.
pub(super) fn files(connections: &[Connection]) -> Result<Vec<OwnFile>, String> {
    let mut files = Vec::new();
    for device in connections.iter().flat_map(devices) {
        let mut file = |end: &str, text: String| {
            let path = format!("{BEGIN}{}.{end}", device.file_name());
            files.push(OwnFile::public(&path, text));
        };
        if let Some(text) = made(&device)? {
            file("netdev", text);
        }
        file("network", network(&device));
    }
    Ok(files)
}

/// What makes a device that no card is; writing to a text does not fail.
fn made(device: &Device<'_>) -> Result<Option<String>, String> {
    let Name::Known(name) = &device.name else {
        return Ok(None);
    };
    let kind = match &device.kind {
        Kind::Ethernet => return Ok(None),
        Kind::Bond(_) => "bond",
        Kind::Vlan(..) => "vlan",
        Kind::Bridge => "bridge",
    };
    let mut text = format!("{HEADER}[NetDev]\nName={name}\nKind={kind}\n");
    match &device.kind {
        Kind::Bond(bond) => text.push_str(&options(bond)?),
        Kind::Vlan(id, _) => {
            let _ = writeln!(text, "\n[VLAN]\nId={id}");
        }
        Kind::Ethernet | Kind::Bridge => {}
    }
    Ok(Some(text))
}

fn options(bond: &Bond) -> Result<String, String> {
    let mut text = format!("\n[Bond]\nMode={}\n", bond.mode);
    for (name, value) in bond.options.iter().filter(|(name, _)| *name != PRIMARY) {
        let said = bond_option::find(name).and_then(|option| option.networkd(value));
        let (name, value) =
            said.ok_or_else(|| format!("systemd-networkd cannot say {name}={value} of a bond"))?;
        let _ = writeln!(text, "{name}={value}");
    }
    Ok(text)
}

/// The option that the interface itself has.
const PRIMARY: &str = "primary";

fn network(device: &Device<'_>) -> String {
    let mut text = format!("{HEADER}[Match]\n");
    let _ = match &device.name {
        Name::Known(name) => writeln!(text, "Name={name}"),
        // A VLAN or a bridge on a card has the address of the card.
        Name::Address(mac) => writeln!(text, "MACAddress={mac}\nType=ether\nKind=!*"),
    };
    if let Some(mtu) = device.connection.mtu {
        let _ = writeln!(text, "\n[Link]\nMTUBytes={mtu}");
    }
    text.push_str("\n[Network]\n");
    let bare = "LinkLocalAddressing=no\nIPv6AcceptRA=no\n";
    match &device.above {
        Above::Bond(bond) => {
            let _ = writeln!(text, "Bond={bond}");
            let bond = device.connection.bond.as_ref();
            let primary = bond.and_then(|bond| bond.options.get(PRIMARY));
            if primary.is_some_and(|primary| device.name == Name::Known(primary.clone())) {
                text.push_str("PrimarySlave=yes\n");
            }
        }
        Above::Bridge(bridge) => {
            let _ = writeln!(text, "Bridge={bridge}\n{bare}");
        }
        Above::Vlan(vlan) => {
            let _ = writeln!(text, "VLAN={vlan}\n{bare}");
        }
        Above::Nothing => text.push_str(&addresses(device.connection)),
    }
    text
}

fn addresses(connection: &Connection) -> String {
    let dhcp = match (connection.address, connection.ipv6) {
        (Address::Dhcp, Address6::Dhcp) => "yes",
        (Address::Dhcp, _) => "ipv4",
        (_, Address6::Dhcp) => "ipv6",
        _ => "no",
    };
    let mut text = format!("DHCP={dhcp}\n");
    text.push_str(match connection.ipv6 {
        Address6::Off => "LinkLocalAddressing=no\nIPv6AcceptRA=no\n",
        _ => "IPv6AcceptRA=yes\n",
    });
    let stated = [connection.stated(), connection.ipv6_stated()];
    for address in stated.into_iter().flatten() {
        let _ = writeln!(text, "Address={address}");
    }
    for gateway in connection.gateways() {
        let _ = writeln!(text, "Gateway={gateway}");
    }
    for server in &connection.dns {
        let _ = writeln!(text, "DNS={server}");
    }
    if !connection.search.is_empty() {
        let _ = writeln!(text, "Domains={}", connection.search.join(" "));
    }
    text
}
