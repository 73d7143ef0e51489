//! Contradictions between hosts: one address, name or number that two of them claim.

use core::net::IpAddr;
use std::collections::BTreeMap;

use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::kickstart::value::address::{Address, Address6};
use crate::origin::{Diagnostic, Origin};

/// Finds everything that two hosts claim for themselves, each with both places.
pub(in crate::kickstart) fn contradictions(site: &Site) -> Vec<Diagnostic> {
    let mut taken = Taken::default();
    for network in site.networks.values() {
        if let Some(gateway) = &network.gateway {
            let what = format!("the gateway of {}", network.name);
            taken.claim(format!("the address {gateway}"), &what, &gateway.origin);
        }
        // An address of a link belongs to that link alone: fe80::1 may be the gateway of each.
        let gateway6 = network.ipv6_gateway.as_ref();
        if let Some(gateway) = gateway6.filter(|gateway| !gateway.is_unicast_link_local()) {
            let what = format!("the gateway of {}", network.name);
            taken.claim(format!("the address {gateway}"), &what, &gateway.origin);
        }
    }
    for host in in_order(site) {
        for mac in &host.macs {
            let what = format!("the hardware address {mac}");
            taken.claim(what, &host.name, &mac.origin);
        }
        if let Some(serial) = &host.serial {
            let what = format!("the serial number {serial}");
            taken.claim(what, &host.name, &serial.origin);
        }
        if let Some(uuid) = &host.uuid {
            let what = format!("the UUID {}", uuid.to_lowercase());
            taken.claim(what, &host.name, &uuid.origin);
        }
        for (address, origin) in addresses(host) {
            taken.claim(format!("the address {address}"), &host.name, origin);
        }
        taken.problems.extend(in_range(site, host));
    }
    taken.problems
}

/// Hosts in the order in which they are written.
fn in_order(site: &Site) -> Vec<&Host> {
    let mut hosts: Vec<&Host> = site.hosts.values().collect();
    hosts.sort_by(|a, b| a.name.origin.cmp(&b.name.origin));
    hosts
}

fn addresses(host: &Host) -> Vec<(IpAddr, &Origin)> {
    let mut all = Vec::new();
    if let Address::Fixed(address) = host.network.address.value {
        all.push((address.into(), &host.network.address.origin));
    }
    if let Address6::Fixed(address) = host.network.ipv6.value
        && !address.is_unicast_link_local()
    {
        all.push((address.into(), &host.network.ipv6.origin));
    }
    all
}

/// A stated address that the DHCP server may give to another machine.
fn in_range(site: &Site, host: &Host) -> Option<Diagnostic> {
    let network = site.network_of(host)?;
    let (from, to) = network.dhcp.as_ref()?;
    let Address::Fixed(own) = host.network.address.value else {
        return None;
    };
    if own < from.value || own > to.value {
        return None;
    }
    let message = format!("{own} may be given to an unknown machine too");
    Some(
        Diagnostic::error(&host.network.address.origin, message)
            .and(&from.origin, "the range of the DHCP server")
            .hint("choose an address outside of the range"),
    )
}

/// Who claimed what.
#[derive(Default)]
struct Taken {
    held: BTreeMap<String, (String, Origin)>,
    problems: Vec<Diagnostic>,
}

impl Taken {
    fn claim(&mut self, what: String, who: &str, origin: &Origin) {
        if let Some((holder, place)) = self.held.get(&what) {
            let message = format!("{what} belongs to {holder} and to {who}");
            self.problems.push(
                Diagnostic::error(origin, message)
                    .labelled("claimed again here")
                    .and(place, "first claimed here"),
            );
            return;
        }
        self.held.insert(what, (who.to_owned(), origin.clone()));
    }
}
