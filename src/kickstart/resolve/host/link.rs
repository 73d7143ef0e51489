//! The network connection of one host.

use core::net::IpAddr;

use super::bond::resolve_bond;
use super::draft::Draft;
use crate::kickstart::model::host::HostNetwork;
use crate::kickstart::model::site::{Site, SiteNetwork};
use crate::kickstart::resolve::network::{check_mtu, check_vlan};
use crate::kickstart::value::address::{Address, Address6, Prefix};
use crate::kickstart::value::target::Installer;
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};

/// Builds the connection of a host.
pub(in crate::kickstart) fn resolve_link(
    draft: &Draft<'_>,
    site: &Site,
    problems: &mut Vec<Diagnostic>,
) -> Option<HostNetwork> {
    let document = draft.document;
    let network = document.network.as_ref();
    let known = network.and_then(|name| known_network(name, site, problems));
    let address = document.address.clone()?;
    let ipv6 = document.ipv6.clone()?;
    let link = document.link.clone().unwrap_or_default();
    check_fixed(draft, known, (&address, &ipv6), problems);
    text_rule::INTERFACE.check_all(&link.interface, problems);
    text_rule::INTERFACE.check_all(&link.bridge, problems);
    check_vlan(link.vlan.as_ref(), problems);
    check_mtu(link.mtu.as_ref(), problems);
    let vlan = link.vlan.clone().or_else(|| known?.vlan.clone());
    if let (Some(own), Some(of_network)) = (&link.vlan, known.and_then(|known| known.vlan.as_ref()))
        && own.value != of_network.value
    {
        let message = format!("the VLAN {own} is not that of the network, {of_network}");
        problems.push(
            Diagnostic::error(&own.origin, message)
                .and(&of_network.origin, "the VLAN of the network"),
        );
    }
    let has_mac = document.mac.is_some();
    let named = link.interface.is_some() || link.bond.is_some();
    if !has_mac && !named {
        let message = format!("nothing says which interface of {} is meant", draft.name);
        problems.push(
            Diagnostic::error(draft.origin, message)
                .hint("write its `mac`, or `link: { interface: … }`"),
        );
    }
    check_names(draft, &link, vlan.as_ref(), problems);
    let bond = link.bond.as_ref();
    let bond = bond.map(|bond| resolve_bond(draft, bond, problems));
    Some(HostNetwork {
        network: network.cloned(),
        address,
        ipv6,
        interface: link.interface,
        bond,
        vlan,
        bridge: link.bridge,
        mtu: link.mtu.or_else(|| known?.mtu.clone()),
        domain: known
            .and_then(|known| known.domain.clone())
            .or_else(|| site.domain.clone()),
    })
}

/// Refuses combinations that an installer does not support.
fn check_names(
    draft: &Draft<'_>,
    link: &crate::kickstart::inventory::host::LinkDocument,
    vlan: Option<&Sourced<u16>>,
    problems: &mut Vec<Diagnostic>,
) {
    if let (Some(interface), Some(bond)) = (&link.interface, &link.bond) {
        let first = bond.interfaces.first();
        let error = Diagnostic::error(&interface.origin, "a bond has its own interfaces");
        let error = error.hint("remove `interface`");
        problems.push(match first {
            Some(first) => error.and(&first.origin, "the bond's"),
            None => error,
        });
    }
    if let Some(bridge) = &link.bridge
        && link.interface.is_none()
        && link.bond.is_none()
        && vlan.is_none()
    {
        let message = "a bridge needs its interface by name";
        problems.push(Diagnostic::error(&bridge.origin, message).hint("write `interface: …`"));
    }
    match (draft.installer, &link.bridge, vlan) {
        (Installer::Debian, _, _) => only_plain(draft, link, vlan, problems),
        // Its bridges take interfaces and bonds; it would make an interface of the VLAN's name.
        (Installer::Anaconda, Some(bridge), Some(vlan)) => {
            let message = format!("{} cannot put a bridge on a VLAN", draft.target);
            problems.push(
                Diagnostic::error(&bridge.origin, message)
                    .and(&vlan.origin, "the VLAN")
                    .hint(
                        "leave `bridge` out and make it at the first boot: first-boot: [\"nmcli \
                         connection add type bridge …\"]; or keep its NetworkManager profiles in \
                         the flavour",
                    ),
            );
        }
        _ => {}
    }
}

/// debian-installer's netcfg knows one interface, and VLANs in its expert mode only.
fn only_plain(
    draft: &Draft<'_>,
    link: &crate::kickstart::inventory::host::LinkDocument,
    vlan: Option<&Sourced<u16>>,
    problems: &mut Vec<Diagnostic>,
) {
    let bond = link.bond.as_ref();
    let bond = bond.map(|bond| {
        bond.interfaces
            .first()
            .map_or(draft.origin, |one| &one.origin)
    });
    let bridge = link.bridge.as_ref().map(|bridge| &bridge.origin);
    let vlan = vlan.map(|vlan| &vlan.origin);
    for (origin, what) in [(bond, "bond"), (bridge, "bridge"), (vlan, "VLAN")] {
        if let Some(origin) = origin {
            let message = format!("debian-installer sets up one plain interface, no {what}");
            problems.push(
                Diagnostic::error(origin, message)
                    .and(draft.origin, "for this host")
                    .hint(
                        "leave `link` to the first boot, or choose a target that installs images",
                    ),
            );
        }
    }
}

/// The network that a host names.
fn known_network<'a>(
    name: &Sourced<String>,
    site: &'a Site,
    problems: &mut Vec<Diagnostic>,
) -> Option<&'a SiteNetwork> {
    let found = site.networks.get(&name.value);
    if found.is_none() {
        let known = site.networks.keys().map(String::as_str);
        let error = Diagnostic::error(&name.origin, format!("there is no network `{name}`"));
        problems.push(match did_you_mean(name, known.clone()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!(
                "known networks: {}",
                known.collect::<Vec<_>>().join(", ")
            )),
        });
    }
    found
}

/// Checks stated addresses against the network that they are to be in.
fn check_fixed(
    draft: &Draft<'_>,
    network: Option<&SiteNetwork>,
    (address, ipv6): (&Sourced<Address>, &Sourced<Address6>),
    problems: &mut Vec<Diagnostic>,
) {
    let mut fixed: Vec<(IpAddr, &Origin, Option<&Sourced<Prefix>>)> = Vec::new();
    if let Address::Fixed(own) = address.value {
        let prefix = network.and_then(|network| network.address.as_ref());
        fixed.push((own.into(), &address.origin, prefix));
    }
    if let Address6::Fixed(own) = ipv6.value {
        let prefix = network.and_then(|network| network.ipv6.as_ref());
        fixed.push((own.into(), &ipv6.origin, prefix));
    }
    for (own, origin, prefix) in fixed {
        match (draft.document.network.as_ref(), prefix) {
            (None, _) => {
                let message = format!("the address {own} is in no network");
                problems.push(Diagnostic::error(origin, message).hint("write its `network: NAME`"));
            }
            (Some(name), None) if network.is_some() => {
                let message = format!("the network {name} has no addresses of this kind");
                problems.push(
                    Diagnostic::error(origin, message)
                        .and(&name.origin, "the network")
                        .hint("write `address` or `ipv6` of the network"),
                );
            }
            (Some(name), Some(prefix)) if !prefix.contains(own) => {
                let message = format!("{own} is outside of the network {name}, {prefix}");
                problems
                    .push(Diagnostic::error(origin, message).and(&prefix.origin, "the network"));
            }
            (_, Some(prefix)) if prefix.reserves(own) => {
                let message = format!("{own} stands for the whole network {prefix}");
                problems
                    .push(Diagnostic::error(origin, message).and(&prefix.origin, "the network"));
            }
            _ => {}
        }
    }
    if let (Address::Off, Address6::Off) = (address.value, ipv6.value) {
        let message = format!("{} has no address", draft.name);
        problems.push(
            Diagnostic::error(&address.origin, message).and(&ipv6.origin, "nor an IPv6 address"),
        );
    }
}
