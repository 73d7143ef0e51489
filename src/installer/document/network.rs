//! The network of a host.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kickstart::{
    Address, Address6, Bond, BondDocument, Connection, InterfaceAddress, InterfaceAddress6, Mac,
    Prefix, check_link, lone_bond, text_rule,
};
use crate::origin::{Diagnostic, Origin, Sourced};

/// A connection, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenConnection {
    /// The interface by its hardware address.
    mac: Option<Sourced<Mac>>,
    /// The interface by its name.
    interface: Option<Sourced<String>>,
    /// Several interfaces that act as one.
    bond: Option<BondDocument>,
    /// The VLAN that frames are tagged with.
    vlan: Option<Sourced<u16>>,
    /// The name of a bridge that carries the address.
    bridge: Option<Sourced<String>>,
    /// The largest packet, in bytes.
    mtu: Option<Sourced<u16>>,
    /// The IPv4 address with the length of its network: `192.0.2.11/24`, `dhcp` (default) or `off`.
    address: Option<Sourced<InterfaceAddress>>,
    /// The IPv4 gateway.
    gateway: Option<Sourced<Ipv4Addr>>,
    /// The IPv6 address with the length of its network: `2001:db8::11/64`, `auto` (default), `dhcp` or `off`.
    ipv6: Option<Sourced<InterfaceAddress6>>,
    /// The IPv6 gateway.
    ipv6_gateway: Option<Sourced<Ipv6Addr>>,
    /// Name servers.
    #[serde(default)]
    dns: Vec<Sourced<IpAddr>>,
    /// Domains in which short names are looked for.
    #[serde(default)]
    search: Vec<Sourced<String>>,
}

/// Checks the connections of a host.
pub(super) fn connections(
    host: &Sourced<String>,
    written: &Sourced<Vec<WrittenConnection>>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Connection> {
    if written.value.is_empty() {
        let what = "`network` has no connection";
        let hint = "leave it out, and the image says how the host is connected";
        problems.push(Diagnostic::error(&written.origin, what).hint(hint));
    }
    let all = written.value.iter();
    let all = all.map(|one| connection(host, &written.origin, one, problems));
    let all: Vec<Connection> = all.collect();
    let mut claimed = BTreeMap::new();
    for (one, made) in written.value.iter().zip(&all) {
        let origin = one.origin(&written.origin);
        for claim in claims(made) {
            if let Some(first) = claimed.get(&claim) {
                let what = format!("{claim} is in two connections");
                problems.push(Diagnostic::error(origin, what).and(first, "the other"));
            }
            claimed.insert(claim, origin.clone());
        }
    }
    all
}

impl WrittenConnection {
    /// Where it is written, as far as that is known.
    fn origin<'a>(&'a self, whole: &'a Origin) -> &'a Origin {
        let mac = self.mac.as_ref().map(|mac| &mac.origin);
        let interface = self.interface.as_ref().map(|interface| &interface.origin);
        let bond = self.bond.as_ref().and_then(|bond| bond.interfaces.first());
        let bond = bond.map(|interface| &interface.origin);
        mac.or(interface).or(bond).unwrap_or(whole)
    }
}

/// What only one connection can have.
fn claims(connection: &Connection) -> Vec<String> {
    let device = |name: &String| format!("the device {name}");
    let mac = connection.mac.map(|mac| format!("the interface {mac}"));
    let mut claims: Vec<String> = mac.into_iter().collect();
    let named = connection.interface.iter().chain(&connection.bridge);
    claims.extend(named.map(device));
    claims.extend(connection.vlan_name().as_ref().map(device));
    if let Some(bond) = &connection.bond {
        let names = bond.interfaces.iter().map(|one| &one.value);
        claims.extend(names.chain([&bond.name]).map(device));
    }
    claims.extend(connection.gateways().map(|gateway| match gateway {
        IpAddr::V4(_) => "an IPv4 gateway".to_owned(),
        IpAddr::V6(_) => "an IPv6 gateway".to_owned(),
    }));
    claims
}

fn connection(
    host: &Sourced<String>,
    whole: &Origin,
    written: &WrittenConnection,
    problems: &mut Vec<Diagnostic>,
) -> Connection {
    check_device(whole, written, problems);
    text_rule::INTERFACE.check_all(&written.interface, problems);
    text_rule::INTERFACE.check_all(&written.bridge, problems);
    text_rule::HOST.check_all(&written.search, problems);
    check_link(written.vlan.as_ref(), written.mtu.as_ref(), problems);
    let bond = written.bond.as_ref();
    let bond = bond.map(|bond| watched(lone_bond(host, bond, problems)));
    let four = written.address.as_ref().map(|address| address.value);
    let six = written.ipv6.as_ref().map(|address| address.value);
    let made = Connection {
        mac: written.mac.as_ref().map(|mac| mac.value),
        interface: written.interface.as_ref().map(|one| one.value.clone()),
        bond,
        vlan: written.vlan.as_ref().map(|vlan| vlan.value),
        bridge: written.bridge.as_ref().map(|bridge| bridge.value.clone()),
        mtu: written.mtu.as_ref().map(|mtu| mtu.value),
        address: four.map_or(Address::Dhcp, |four| four.address),
        length: four.and_then(|four| four.length),
        gateway: written.gateway.as_ref().map(|gateway| gateway.value),
        ipv6: six.map_or(Address6::Auto, |six| six.address),
        ipv6_length: six.and_then(|six| six.length),
        ipv6_gateway: written.ipv6_gateway.as_ref().map(|gateway| gateway.value),
        dns: written.dns.iter().map(|server| server.value).collect(),
        search: written.search.iter().map(|one| one.value.clone()).collect(),
    };
    check_addresses(whole, written, &made, problems);
    made
}

/// A bond that looks at its links: without a way to, the kernel does not notice in some modes that one is gone
/// (Documentation/networking/bonding.rst), and only NetworkManager adds one by itself.
fn watched(mut bond: Bond) -> Bond {
    if !["miimon", "arp_interval"]
        .iter()
        .any(|name| bond.options.contains_key(*name))
    {
        bond.options.insert("miimon".to_owned(), "100".to_owned());
    }
    bond
}

/// Refuses a connection of no interface, or of several at once.
fn check_device(whole: &Origin, written: &WrittenConnection, problems: &mut Vec<Diagnostic>) {
    let named = [
        written.mac.is_some(),
        written.interface.is_some(),
        written.bond.is_some(),
    ];
    let origin = written.origin(whole);
    match named.into_iter().filter(|is| *is).count() {
        1 => {}
        0 => {
            let what = "nothing says which interface is meant";
            problems
                .push(Diagnostic::error(origin, what).hint("write `mac`, `interface` or `bond`"));
        }
        _ => {
            let what = "a connection has one of `mac`, `interface` and `bond`";
            problems.push(Diagnostic::error(origin, what).hint("remove the others"));
        }
    }
    if let Some(bridge) = &written.bridge
        && written.mac.is_some()
        && written.vlan.is_none()
    {
        let what = "a bridge needs its interface by name";
        problems.push(Diagnostic::error(&bridge.origin, what).hint("write `interface` for `mac`"));
    }
}

/// Refuses gateways that no address leads to, and name servers of a host without addresses.
fn check_addresses(
    whole: &Origin,
    written: &WrittenConnection,
    made: &Connection,
    problems: &mut Vec<Diagnostic>,
) {
    let mut outside = |gateway: IpAddr, origin: &Origin, network: Option<Prefix>, key: &str| {
        let what = match network {
            None => format!("the gateway {gateway} has no effect without a stated `{key}`"),
            Some(network) if !network.contains(gateway) => {
                format!("the gateway {gateway} is outside of the network of `{key}`")
            }
            Some(_) => return,
        };
        problems.push(Diagnostic::error(origin, what));
    };
    if let Some(gateway) = &written.gateway {
        let network = match (made.address, made.length) {
            (Address::Fixed(own), Some(length)) => Some(prefix(own.into(), length)),
            _ => None,
        };
        outside(gateway.value.into(), &gateway.origin, network, "address");
    }
    if let Some(gateway) = &written.ipv6_gateway {
        let is_local = gateway.value.segments()[0] & 0xffc0 == 0xfe80;
        let network = match (made.ipv6, made.ipv6_length) {
            (Address6::Fixed(_), Some(_)) if is_local => return,
            (Address6::Fixed(own), Some(length)) => Some(prefix(own.into(), length)),
            _ => None,
        };
        outside(gateway.value.into(), &gateway.origin, network, "ipv6");
    }
    if (made.address, made.ipv6) == (Address::Off, Address6::Off) {
        let origin = written.address.as_ref().map(|address| &address.origin);
        let what = "a connection without any address";
        let error = Diagnostic::error(origin.unwrap_or(whole), what);
        problems.push(error.hint("give `address` or `ipv6` another value than `off`"));
    }
}

/// The network of an address, of which the bits behind the length do not count.
fn prefix(address: IpAddr, length: u8) -> Prefix {
    Prefix { address, length }
}
