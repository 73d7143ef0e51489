//! How one host is connected.

use core::net::IpAddr;

use super::address::{Address, Address6, Prefix};
use super::build::{check_mtu, check_vlan, value};
use super::build_host::Draft;
use super::document_host::BondDocument;
use super::site::{Bond, HostNetwork, Site, SiteNetwork};
use super::text;
use super::word::Installer;
use crate::origin::{Diagnostic, Origin, Sourced, did_you_mean};

/// Builds the connection of a host.
pub(super) fn build_link(
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
    text::INTERFACE.check_all(&link.interface, problems);
    text::INTERFACE.check_all(&link.bridge, problems);
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
        let message = format!("nothing tells which interface of {} is meant", draft.name);
        problems.push(
            Diagnostic::error(draft.origin, message)
                .hint("write its `mac`, or `link: { interface: … }`"),
        );
    }
    check_names(draft, &link, problems);
    let bond = link.bond.as_ref().map(|bond| build_bond(bond, problems));
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

/// Refuses combinations that an installer cannot be told of.
fn check_names(
    draft: &Draft<'_>,
    link: &super::document_host::LinkDocument,
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
        && link.vlan.is_none()
    {
        let message = "a bridge needs its interface by name";
        problems.push(Diagnostic::error(&bridge.origin, message).hint("write `interface: …`"));
    }
    // debian-installer's netcfg knows one interface, and VLANs in its expert mode only.
    let fancy = link.bond.is_some() || link.bridge.is_some() || link.vlan.is_some();
    if draft.target.installer() == Installer::Debian && fancy {
        let message = "debian-installer sets up one plain interface";
        problems.push(
            Diagnostic::error(draft.origin, message)
                .hint("leave `link` to the first boot, or choose a target that installs images"),
        );
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

fn build_bond(bond: &BondDocument, problems: &mut Vec<Diagnostic>) -> Bond {
    text::INTERFACE.check_all(&bond.interfaces, problems);
    text::INTERFACE.check_all(&bond.name, problems);
    let mut seen: Vec<&Sourced<String>> = Vec::new();
    for interface in &bond.interfaces {
        if let Some(first) = seen.iter().find(|first| first.value == interface.value) {
            let message = format!("{interface} is in the bond twice");
            problems.push(
                Diagnostic::error(&interface.origin, message).and(&first.origin, "first here"),
            );
        }
        seen.push(interface);
    }
    let mut options = std::collections::BTreeMap::new();
    for (name, option) in bond.options.iter().flatten() {
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || b"-_.+:".contains(&c))
        };
        if !plain(name) || !plain(option) {
            let message = format!("`{name}={option}` is no option of a bond");
            problems.push(
                Diagnostic::error(&option.origin, message).hint("write such as miimon: \"100\""),
            );
        }
        options.insert(name.clone(), option.value.clone());
    }
    if bond.interfaces.len() < 2 {
        let origin = bond.interfaces.first().map(|one| &one.origin);
        let origin = origin.cloned().unwrap_or_else(Origin::builtin);
        let message = "a bond needs two interfaces or more";
        problems.push(Diagnostic::error(&origin, message));
    }
    Bond {
        name: bond
            .name
            .as_ref()
            .map_or_else(|| "bond0".to_owned(), |name| name.value.clone()),
        interfaces: bond.interfaces.clone(),
        mode: value(bond.mode.as_ref()).unwrap_or_default(),
        options,
    }
}
