//! One network of a site: checked and completed.

use crate::kickstart::inventory::document::{Inventory, Network};
use crate::kickstart::model::site::SiteNetwork;
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Sourced};

/// Completes a network.
pub(in crate::kickstart) fn resolve_network(
    (name, network): (&Sourced<String>, &Network),
    inventory: &Inventory,
    problems: &mut Vec<Diagnostic>,
) -> SiteNetwork {
    let mut outside = |what: &str, within: bool, origin, holder: Option<&crate::origin::Origin>| {
        if !within {
            let error = Diagnostic::error(origin, format!("{what} is outside of the network"));
            problems.push(match holder {
                Some(holder) => error.and(holder, "the network"),
                None => error.hint("say which addresses the network has"),
            });
        }
    };
    let of4 = |address: core::net::Ipv4Addr| {
        let prefix = network.address.as_ref();
        prefix.is_some_and(|prefix| prefix.address.is_ipv4() && prefix.contains(address.into()))
    };
    let place4 = network.address.as_ref().map(|prefix| &prefix.origin);
    if let Some(gateway) = &network.gateway {
        let what = format!("the gateway {gateway}");
        outside(&what, of4(gateway.value), &gateway.origin, place4);
    }
    if let Some(gateway) = &network.ipv6_gateway {
        let link_local = gateway.value.segments()[0] & 0xffc0 == 0xfe80;
        let prefix = network.ipv6.as_ref();
        let within = prefix.is_some_and(|prefix| prefix.contains(gateway.value.into()));
        let place = prefix.map(|prefix| &prefix.origin);
        let what = format!("the gateway {gateway}");
        outside(&what, within || link_local, &gateway.origin, place);
    }
    let dhcp = network.dhcp.as_ref().map(|range| {
        for end in [&range.from, &range.to] {
            outside(
                &format!("the address {end}"),
                of4(end.value),
                &end.origin,
                place4,
            );
        }
        (range.from.clone(), range.to.clone())
    });
    if let Some((from, to)) = dhcp.as_ref().filter(|(from, to)| from.value > to.value) {
        problems.push(
            Diagnostic::error(&to.origin, "the range ends before it starts")
                .and(&from.origin, "it starts here"),
        );
    }
    check_network(network, problems);
    SiteNetwork {
        name: name.clone(),
        address: network.address.clone(),
        gateway: network.gateway.clone(),
        ipv6: network.ipv6.clone(),
        ipv6_gateway: network.ipv6_gateway.clone(),
        dns: network.dns.clone(),
        ntp: network.ntp.clone(),
        domain: network.domain.clone().or_else(|| inventory.domain.clone()),
        vlan: network.vlan.clone(),
        mtu: network.mtu.clone(),
        dhcp,
    }
}

/// Checks the keys of a network one by one.
fn check_network(network: &Network, problems: &mut Vec<Diagnostic>) {
    for (prefix, is_four) in [(&network.address, true), (&network.ipv6, false)] {
        if let Some(prefix) = prefix.as_ref().filter(|p| p.address.is_ipv4() != is_four) {
            let (is, key) = match is_four {
                true => ("IPv6", "ipv6"),
                false => ("IPv4", "address"),
            };
            problems.push(
                Diagnostic::error(&prefix.origin, format!("`{prefix}` is an {is} network"))
                    .hint(format!("write it as `{key}`")),
            );
        }
    }
    for server in &network.ntp {
        if server.parse::<core::net::IpAddr>().is_err() {
            text_rule::HOST.check(server, problems);
        }
    }
    text_rule::HOST.check_all(&network.domain, problems);
    check_vlan(network.vlan.as_ref(), problems);
    check_mtu(network.mtu.as_ref(), problems);
}

pub(in crate::kickstart) fn check_vlan(
    vlan: Option<&Sourced<u16>>,
    problems: &mut Vec<Diagnostic>,
) {
    if let Some(vlan) = vlan.filter(|vlan| !(1..=4094).contains(&vlan.value)) {
        let message = format!("{vlan} is not a VLAN");
        problems
            .push(Diagnostic::error(&vlan.origin, message).hint("write a number from 1 to 4094"));
    }
}

pub(in crate::kickstart) fn check_mtu(mtu: Option<&Sourced<u16>>, problems: &mut Vec<Diagnostic>) {
    if let Some(mtu) = mtu.filter(|mtu| !(576..=9216).contains(&mtu.value)) {
        let message = format!("{mtu} bytes is not a usable packet size");
        problems
            .push(Diagnostic::error(&mtu.origin, message).hint("write a number from 576 to 9216"));
    }
}
